-- Ward stays: one item for each location of an episode, with the episode's columns that the model's conditions name.
SELECT 'hospital1' AS organisation,
       'stay' AS feed,
       stay.episode_no || '-' || stay.location_seq AS item_id,
       stay.episode_no AS event_id,
       stay.ward_code AS code,
       stay.ward_code,
       stay.ward_days::DECIMAL(18, 6) AS days,
       stay.ward_hours::DECIMAL(18, 6) AS hours,
       stay.acuity::DECIMAL(18, 6) AS acuity,
       episode.clinical_specialty, episode.admitting_ward_code, episode.admitting_doctor_code
FROM read_csv('Jun97PatientActivity__Inpat_patient_location.csv') AS stay
LEFT JOIN read_csv('Jun97PatientActivity__Inpat_episode_details.csv') AS episode ON episode.episode_no = stay.episode_no
