-- Clinic attendances of June 1997.
SELECT 'hospital1' AS organisation,
       'Clinic' AS source,
       episode_no AS event_id,
       'OP' AS dataset,
       '1997-06-01' AS start,
       clinic_code AS code,
       'Outpatient' AS setting
FROM read_csv('Jun97PatientActivity__Clinic_activity_details.csv')
