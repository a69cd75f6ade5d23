SELECT 'HOSP' AS organisation, 'stay' AS feed, id AS item_id, id AS event_id, came AS start FROM read_csv('stays.csv')
