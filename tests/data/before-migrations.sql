-- A database as Good Bank of 23 November 2026 left it: the first history by the version before
-- that, which had no table `histories`. The second visitor recorded, deleted and imported.
-- SQLite's dump, with the booleans and quotes that PostgreSQL takes too.
CREATE TABLE entries (
  account VARCHAR(36) NOT NULL,
  id VARCHAR(36) NOT NULL,
  date DATE NOT NULL,
  recorded BIGINT NOT NULL,
  cents BIGINT NOT NULL,
  deleted BOOLEAN NOT NULL,
  btc_then VARCHAR(40),
  CONSTRAINT pk_entries PRIMARY KEY (account, id)
);
INSERT INTO entries VALUES('22b9b96a-d56b-4f59-8e80-743b1dc4af69','e7e94550-1f87-4c05-91c0-ab65e137b687','2026-03-01',1,10000,false,NULL);
INSERT INTO entries VALUES('22b9b96a-d56b-4f59-8e80-743b1dc4af69','f928bd2c-b0ba-49a7-a0a7-b2c2fc28ece7','2026-11-25',2,25050,false,'0.00025050');
INSERT INTO entries VALUES('d854cb47-f71f-4848-83e3-c2bdf0dd0aa9','11111111-2222-4333-8444-555555555555','2026-11-25',83892055807278,123456,false,'0.00123456');
INSERT INTO entries VALUES('d854cb47-f71f-4848-83e3-c2bdf0dd0aa9','61bf35ac-7e45-4031-a22f-98137a265266','2026-01-31',83892055807279,-2050,false,NULL);
INSERT INTO entries VALUES('d854cb47-f71f-4848-83e3-c2bdf0dd0aa9','1233e559-835d-46f1-a42e-f3fbad1eb2c9','2026-11-25',83892055807280,9900,true,'0.00009900');
INSERT INTO entries VALUES('d854cb47-f71f-4848-83e3-c2bdf0dd0aa9','2a9c820e-8a5b-57d1-8b16-b070f64b9b4c','2025-12-31',83892055807282,700,false,NULL);
INSERT INTO entries VALUES('d854cb47-f71f-4848-83e3-c2bdf0dd0aa9','aa340bfc-29fc-5069-ae27-9ff3b8fd5ba4','2025-12-31',83892055807283,800,false,NULL);
CREATE TABLE histories (
  account VARCHAR(36) NOT NULL,
  version BIGINT NOT NULL,
  size INTEGER NOT NULL,
  CONSTRAINT pk_histories PRIMARY KEY (account)
);
INSERT INTO histories VALUES('d854cb47-f71f-4848-83e3-c2bdf0dd0aa9',83892055807283,4);
CREATE INDEX ix_entries_account_entries_date_entries_recorded ON entries (account, date, recorded);
CREATE INDEX ix_entries_in_order ON entries (account, date, recorded, id, cents, btc_then, deleted);
