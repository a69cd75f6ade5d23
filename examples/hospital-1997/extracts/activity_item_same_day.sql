-- Same-day episodes: one item each, in the ward that admitted.
SELECT 'hospital1' AS organisation,
       'same_day' AS feed,
       episode_no AS item_id,
       episode_no AS event_id,
       admitting_ward_code AS code,
       admitting_ward_code AS ward_code,
       acuity::DECIMAL(18, 6) AS acuity,
       clinical_specialty, admitting_ward_code, admitting_doctor_code
FROM read_csv('Jun97PatientActivity__Inpat_episode_details.csv')
WHERE same_day = '1'
