-- One record for each pseudonym. The files hold no names; the birth month is MMYYYY in admitted care and absent elsewhere,
-- so it travels as an attribute and not as a birth date.
SELECT 'HES' AS organisation,
       'HES' AS source,
       PSEUDO_HESID AS local_id,
       min(CASE SEX WHEN '1' THEN 'M' WHEN '2' THEN 'F' END) AS sex,
       min(birth_month) AS birth_month
FROM (
    SELECT PSEUDO_HESID, SEX, MYDOB[3:6] || '-' || MYDOB[1:2] AS birth_month
    FROM read_csv('artificial_hes_apc_0102_truncated.csv', all_varchar = true)
    UNION ALL
    SELECT PSEUDO_HESID, SEX, NULL FROM read_csv('artificial_hes_op_0304_truncated.csv', all_varchar = true)
    UNION ALL
    SELECT PSEUDO_HESID, SEX, NULL FROM read_csv('artificial_hes_ae_0708_truncated.csv', all_varchar = true)
)
WHERE PSEUDO_HESID IS NOT NULL
GROUP BY PSEUDO_HESID
ORDER BY PSEUDO_HESID
