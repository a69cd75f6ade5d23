SELECT 'RLY' AS organisation, 'drug' AS feed, id AS item_id, person AS local_id, start FROM read_csv('data/drugs.csv')
