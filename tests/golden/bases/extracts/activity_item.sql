SELECT 'HOSP' AS organisation, 'stay' AS feed, id AS item_id, id AS event_id, came AS start, drg AS code,
    units AS quantity, minutes, price AS amount, consultant_minutes
FROM read_csv('stays.csv')
