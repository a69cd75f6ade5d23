SELECT 'RLY' AS organisation, 'ward' AS feed, id AS item_id, event AS event_id, days AS quantity, tariff AS amount FROM read_csv('data/items.csv')
