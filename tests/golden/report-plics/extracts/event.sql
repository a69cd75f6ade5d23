SELECT 'RXX' AS organisation, 'pas' AS source, no AS event_id, person AS local_id, "set" AS dataset, begins AS start,
    ends AS "end", hrg AS code, tfc AS specialty, pod AS point_of_delivery_code, department AS emergency_care_department_type
FROM read_csv('data/events.csv')
