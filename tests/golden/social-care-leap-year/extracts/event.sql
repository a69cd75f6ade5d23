-- One event an agreement, however often its price changed; open while one of its rows is.
SELECT 'COUN' AS organisation, 'packages' AS source, agreement AS event_id, person AS local_id, 'ASC' AS dataset,
    min("from") AS start, CASE WHEN count("to") = count(*) THEN max("to") END AS "end", service AS setting
FROM read_csv('packages.csv') GROUP BY agreement, person, service
