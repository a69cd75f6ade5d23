-- Emergency department discharges of June 1997: a count.
SELECT 'hospital1' AS organisation,
       'ed_discharge' AS feed,
       episode_no AS item_id,
       episode_no AS event_id
FROM read_csv('Jun97PatientActivity__ED_discharges.csv')
