SELECT DISTINCT 'COUN' AS organisation, 'packages' AS source, person AS local_id FROM read_csv('packages.csv')
