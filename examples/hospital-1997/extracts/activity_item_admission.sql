-- Inpatient admissions of June 1997.
SELECT 'hospital1' AS organisation,
       'admission' AS feed,
       list.episode_no AS item_id,
       list.episode_no AS event_id,
       episode.acuity::DECIMAL(18, 6) AS acuity,
       episode.clinical_specialty, episode.admitting_ward_code, episode.admitting_doctor_code
FROM read_csv('Jun97PatientActivity__Inpat_admissions.csv') AS list
LEFT JOIN read_csv('Jun97PatientActivity__Inpat_episode_details.csv') AS episode ON episode.episode_no = list.episode_no
