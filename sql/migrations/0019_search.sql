-- Searching notices in Chinese, where no space parts the words and no extension may be needed.
--
-- Every two characters that stand side by side are a pair, and an index knows which tenders have a
-- pair. A word of a query is first looked for by its pairs, then read as it stands.

-- The form in which words are compared: full-width figures are figures, capitals are small letters,
-- any white space is one space.
CREATE FUNCTION trading.plain(words text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN btrim(regexp_replace(lower(normalize(words, NFKC)), '\s+', ' ', 'g'));

CREATE FUNCTION trading.pairs(words text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ARRAY(SELECT DISTINCT substr(words, place, 2)
                   FROM generate_series(1, length(words) - 1) AS place);

-- What a tender is found by: its number, its titles, the names of its purchaser and its agency. A
-- table of its own, because a change of the tender itself leaves an entry and this is none.
CREATE TABLE trading.searchable (
    tender_id text   PRIMARY KEY REFERENCES trading.tender,
    words     text   NOT NULL,
    pairs     text[] NOT NULL GENERATED ALWAYS AS (trading.pairs(words)) STORED
);
CREATE INDEX searchable_by_pair ON trading.searchable USING gin (pairs);

INSERT INTO trading.searchable (tender_id, words)
SELECT tender_id,
       trading.plain(concat_ws(' ', tender_id, title_zh, title_en, buyer.name, agent.name))
  FROM trading.tender
  JOIN notary.organisation AS buyer ON buyer.org_id = purchaser
  JOIN notary.organisation AS agent ON agent.org_id = agency;

GRANT SELECT, INSERT ON trading.searchable TO hall_app;
GRANT UPDATE (words) ON trading.searchable TO hall_app;
GRANT EXECUTE ON FUNCTION trading.plain(text), trading.pairs(text) TO hall_app;
