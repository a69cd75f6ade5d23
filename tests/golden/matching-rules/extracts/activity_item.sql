SELECT 'HOSP' AS organisation, 'test' AS feed, id AS item_id, event AS event_id, patient AS local_id, taken AS start, specialty AS code, site, ward, ordered_by
FROM read_csv('tests.csv')
