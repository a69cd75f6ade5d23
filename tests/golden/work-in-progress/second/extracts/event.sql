SELECT 'HOSP' AS organisation, 'PAS' AS source, id AS event_id, 'APC' AS dataset, came AS start, left_on AS "end", 'Inpatient' AS setting
FROM read_csv('stays.csv')
