SELECT 'HOSP' AS organisation, 'PAS' AS source, id AS event_id, patient AS local_id, 'APC' AS dataset, came AS start, left_on AS "end",
    'Inpatient' AS setting, specialty, site, ward, consultant
FROM read_csv('stays.csv')
