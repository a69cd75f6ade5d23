-- Outpatient appointments 2003/04. Those that nobody attended (2, 3, 4) are events too: they took a slot.
SELECT 'HES' AS organisation,
       'HES' AS source,
       'OP-' || ATTENDKEY AS event_id,
       PSEUDO_HESID AS local_id,
       'OP' AS dataset,
       APPTDATE AS start,
       APPTDATE AS "end",
       DIAG_4_01 AS code,
       nullif(TRETSPEF, '&') AS specialty,
       CASE WHEN ATTENDED IN ('5', '6') THEN 'Outpatient' ELSE 'Outpatient, not attended' END AS setting,
       PURCODE AS commissioner,
       *
FROM read_csv('artificial_hes_op_0304_truncated.csv')
