-- Accident and emergency attendances 2007/08. Times are HHMM; 3000 and 4000 stand for "not known" and "not applicable".
-- A departure earlier in the day than the arrival is on the next day.
SELECT 'HES' AS organisation,
       'HES' AS source,
       'AE-' || AEKEY AS event_id,
       PSEUDO_HESID AS local_id,
       'EC' AS dataset,
       ARRIVALDATE::DATE + CASE WHEN ARRIVALTIME < '2400' THEN to_minutes(60 * ARRIVALTIME[1:2]::INTEGER + ARRIVALTIME[3:4]::INTEGER)
                                ELSE to_minutes(0) END AS start,
       CASE WHEN ARRIVALTIME < '2400' AND DEPTIME < '2400'
            THEN ARRIVALDATE::DATE + to_minutes(60 * DEPTIME[1:2]::INTEGER + DEPTIME[3:4]::INTEGER)
                 + to_days(CASE WHEN DEPTIME < ARRIVALTIME THEN 1 ELSE 0 END) END AS "end",
       DIAG2_01 AS code,
       'Emergency care' AS setting,
       PURCODE AS commissioner,
       *
FROM read_csv('artificial_hes_ae_0708_truncated.csv')
