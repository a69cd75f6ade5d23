-- Emergency department admissions of June 1997: a count.
SELECT 'hospital1' AS organisation,
       'ed_admission' AS feed,
       episode_no AS item_id,
       episode_no AS event_id
FROM read_csv('Jun97PatientActivity__ED_admissions.csv')
