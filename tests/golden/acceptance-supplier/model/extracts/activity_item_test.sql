SELECT 'RLY' AS organisation, 'test' AS feed, id AS item_id, person AS local_id, start, hrg AS code, ward, site, specialty, consultant, method FROM read_csv('data/tests.csv')
