SELECT 'CLINIC' AS organisation, 'desk' AS source, visit AS event_id, id AS local_id,
       'visits' AS dataset, day AS start, last AS "end", 'Clinic visit' AS setting
FROM read_csv('data/visits.csv')
