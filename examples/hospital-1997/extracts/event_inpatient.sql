-- Inpatient episodes. The sheets carry no dates: what they hold is the activity of June 1997.
SELECT 'hospital1' AS organisation,
       'Inpat' AS source,
       episode_no AS event_id,
       'APC' AS dataset,
       '1997-06-01' AS start,
       drg AS code,
       clinical_specialty AS specialty,
       'Inpatient' AS setting
FROM read_csv('Jun97PatientActivity__Inpat_episode_details.csv')
