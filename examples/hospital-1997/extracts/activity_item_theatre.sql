-- Operations: one item each, minutes in theatre and minutes of anaesthesia.
SELECT 'hospital1' AS organisation,
       'theatre' AS feed,
       operation.episode_no || '-' || operation.surgery_seq AS item_id,
       operation.episode_no AS event_id,
       operation.procedure AS code,
       operation.theatre_mins AS minutes,
       operation.anaesthetic_mins::DECIMAL(18, 6) AS anaesthetic_minutes,
       operation.theatre_code, operation.anaesth_code,
       operation.theatre_acuity::DECIMAL(18, 6) AS acuity,
       episode.clinical_specialty, episode.admitting_ward_code, episode.admitting_doctor_code
FROM read_csv('Jun97PatientActivity__Inpat_theatre_details.csv') AS operation
LEFT JOIN read_csv('Jun97PatientActivity__Inpat_episode_details.csv') AS episode ON episode.episode_no = operation.episode_no
