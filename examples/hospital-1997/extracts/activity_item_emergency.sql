-- Emergency attendances: minutes of attendance, until seen, and of treatment.
SELECT 'hospital1' AS organisation,
       'emergency' AS feed,
       episode_no AS item_id,
       episode_no AS event_id,
       urgency AS code,
       attend_min AS minutes,
       seen_min::DECIMAL(18, 6) AS seen_minutes,
       treat_min::DECIMAL(18, 6) AS treat_minutes,
       doctor_code,
       acuity::DECIMAL(18, 6) AS acuity
FROM read_csv('Jun97PatientActivity__ED_episode_details.csv')
