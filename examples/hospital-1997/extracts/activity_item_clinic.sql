-- Clinic attendances and their minutes.
SELECT 'hospital1' AS organisation,
       'clinic' AS feed,
       episode_no AS item_id,
       episode_no AS event_id,
       clinic_code AS code,
       clinic_code,
       attend_min AS minutes,
       acuity::DECIMAL(18, 6) AS acuity
FROM read_csv('Jun97PatientActivity__Clinic_activity_details.csv')
