SELECT 'HOSP' AS organisation, 'PAS' AS source, id AS event_id, patient AS local_id, 'APC' AS dataset,
    came AS start, left_on AS "end", 'Inpatient' AS setting,
    ready AS discharge_ready, reason AS delay_reason, responsible AS delay_responsible
FROM read_csv('stays.csv')
