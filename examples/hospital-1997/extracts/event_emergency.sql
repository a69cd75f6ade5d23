-- Emergency attendances of June 1997.
SELECT 'hospital1' AS organisation,
       'ED' AS source,
       episode_no AS event_id,
       'EC' AS dataset,
       '1997-06-01' AS start,
       urgency AS code,
       'Emergency care' AS setting
FROM read_csv('Jun97PatientActivity__ED_episode_details.csv')
