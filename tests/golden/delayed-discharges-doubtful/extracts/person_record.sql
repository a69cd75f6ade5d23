SELECT DISTINCT 'HOSP' AS organisation, 'PAS' AS source, patient AS local_id FROM read_csv('stays.csv')
