SELECT 'RXX' AS organisation, 'pas' AS source, no AS event_id, person AS local_id, 'EC' AS dataset, arrived AS start, left_at AS "end",
    hrg AS code, department AS emergency_care_department_type
FROM read_csv('data/attendances.csv')
