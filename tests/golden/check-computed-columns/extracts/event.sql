SELECT 'RLY' AS organisation, 'PAS' AS source, id AS event_id, 'APC' AS dataset, day + INTERVAL (hour) HOUR AS start, stay * 2 AS twice
FROM read_csv('data/events.csv') WHERE stay < 100;
