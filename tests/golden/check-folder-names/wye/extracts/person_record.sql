SELECT 'HOMES' AS organisation, 'Tenancy' AS source, ref AS local_id, name AS given_name
FROM read_csv('data/tenants [final].csv')
