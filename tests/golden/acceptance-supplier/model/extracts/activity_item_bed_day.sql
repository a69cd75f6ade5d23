SELECT 'RLY' AS organisation, 'bed_day' AS feed, id AS item_id, event AS event_id, start FROM read_csv('data/bed_days.csv')
