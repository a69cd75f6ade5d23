SELECT DISTINCT 'HOSP' AS organisation, 'PAS' AS source, patient AS local_id, 'Ann' AS given_name, 'Example' AS family_name, '1950-01-01' AS birth_date
FROM read_csv('stays.csv')
