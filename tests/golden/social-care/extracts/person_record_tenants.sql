SELECT DISTINCT 'HOUS' AS organisation, 'repairs' AS source, tenant AS local_id FROM read_csv('repairs.csv')
