SELECT 'HOSP' AS organisation, 'stay' AS feed, id AS item_id, id AS event_id, came AS start, theatre_minutes AS minutes
FROM read_csv('stays.csv')
