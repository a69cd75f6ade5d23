SELECT 'HOUS' AS organisation, 'repair' AS feed, job AS item_id, job AS event_id, trade AS code, done AS start, minutes, materials AS unit_price
FROM read_csv('repairs.csv')
