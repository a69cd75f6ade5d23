SELECT 'HOUS' AS organisation, 'repairs' AS source, job AS event_id, tenant AS local_id, 'HOUSING' AS dataset,
    done AS start, done AS "end", 'Repair' AS setting
FROM read_csv('repairs.csv')
