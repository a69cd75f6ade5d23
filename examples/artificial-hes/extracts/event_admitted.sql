-- Admitted patient care 2001/02: one event for each finished consultant episode. All 193 columns travel along.
-- 1800-01-01 and 1801-01-01 stand for "not known" and "not applicable" in every HES date.
SELECT 'HES' AS organisation,
       'HES' AS source,
       'APC-' || EPIKEY AS event_id,
       PSEUDO_HESID AS local_id,
       'APC' AS dataset,
       CASE WHEN EPISTART >= '1900' THEN EPISTART ELSE ADMIDATE END AS start,
       CASE WHEN EPIEND >= '1900' THEN EPIEND END AS "end",
       DIAG_4_01 AS code,
       nullif(TRETSPEF, '&') AS specialty,
       CASE CLASSPAT WHEN '1' THEN 'Ordinary admission'
                     WHEN '2' THEN 'Day case'
                     WHEN '3' THEN 'Regular day attender'
                     WHEN '4' THEN 'Regular night attender'
                     WHEN '5' THEN 'Mother and baby'
                     ELSE 'Admitted care' END AS setting,
       PURCODE AS commissioner,
       *
FROM read_csv('artificial_hes_apc_0102_truncated.csv')
