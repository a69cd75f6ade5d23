SELECT 'CLINIC' AS organisation, 'visit' AS feed, visit AS item_id, visit AS event_id, id AS local_id,
       day AS start, minutes
FROM read_csv('data/visits.csv')
