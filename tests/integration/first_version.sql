BEGIN TRANSACTION;
CREATE TABLE account (
	id VARCHAR NOT NULL, 
	network VARCHAR NOT NULL, 
	calendar VARCHAR NOT NULL, 
	disclaimers VARCHAR NOT NULL, 
	lang VARCHAR NOT NULL, 
	remote_user_id VARCHAR NOT NULL, 
	base_url VARCHAR NOT NULL, 
	options JSON NOT NULL, 
	credentials JSON NOT NULL, 
	owner VARCHAR NOT NULL, 
	sandbox BOOLEAN NOT NULL, 
	active BOOLEAN NOT NULL, 
	managed_by VARCHAR NOT NULL, 
	retired_at DATETIME, 
	not_before DATETIME, 
	last_sent_at DATETIME, 
	broken_since DATETIME, 
	broken_reason VARCHAR NOT NULL, 
	whoami_id VARCHAR NOT NULL, 
	whoami_at DATETIME, 
	whoami_credential VARCHAR NOT NULL, 
	CONSTRAINT pk_account PRIMARY KEY (id)
);
INSERT INTO "account" VALUES('x','x','office','standard','en','1120','http://127.0.0.1:9/x','{}','{"consumer_key": "env:SECRET", "consumer_secret": "env:SECRET", "access_token": "env:SECRET", "access_token_secret": "env:SECRET"}','Comms',1,1,'config',NULL,NULL,NULL,NULL,'','',NULL,'');
INSERT INTO "account" VALUES('page','facebook','office','standard','en','1405','http://127.0.0.1:9/page','{}','{"access_token": "env:SECRET"}','Comms',1,1,'config',NULL,NULL,NULL,NULL,'','',NULL,'');
INSERT INTO "account" VALUES('blog','wordpress','office','standard','en','1414','http://127.0.0.1:9/blog','{}','{"username": "env:SECRET", "password": "env:SECRET"}','Comms',1,1,'config',NULL,NULL,'2026-12-01 01:00:00.000000',NULL,'','1414','2026-12-01 01:00:00.000000','d6bdd31363a861efe6a37b698024dbd057fb097cb8af04f4a9aae53cf14c45fb');
INSERT INTO "account" VALUES('board','discourse','always','standard','en','1515','http://127.0.0.1:9/board','{}','{"api_key": "env:SECRET", "api_username": "env:SECRET"}','Comms',1,1,'config',NULL,NULL,NULL,NULL,'','',NULL,'');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE approval (
	id INTEGER NOT NULL, 
	post_id VARCHAR NOT NULL, 
	revision INTEGER NOT NULL, 
	decision VARCHAR NOT NULL, 
	person VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	fingerprint VARCHAR NOT NULL, 
	deliveries JSON NOT NULL, 
	reason VARCHAR NOT NULL, 
	policy VARCHAR NOT NULL, 
	CONSTRAINT pk_approval PRIMARY KEY (id), 
	CONSTRAINT fk_approval_post_id_post FOREIGN KEY(post_id) REFERENCES post (id)
);
INSERT INTO "approval" VALUES(1,'dd3qfwjadz',1,'approve','bo','2026-12-01 01:00:00.000000','2026-12-31 01:00:00.000000','f3c96c592c84ebed68a5a6cb15c623ea0dd7200cbe4574fb1a673d84e78de927','{"01a22f1d9e8076e7b0e062b4bd667d95": "db797ae8446ab8bcaeb06621994055439a6c016a88279db9c6a42bb369f35a70"}','','bda4bcef10d615da779718c6934acbffebf519f6ec8c1d4710a4242817c642ab');
INSERT INTO "approval" VALUES(2,'8kph9a7qhd',1,'approve','bo','2026-12-01 01:00:00.000000','2026-12-31 01:00:00.000000','f3b7de10486c1944b891c7efb45f5065793e8bb08edb04df58fc61eebfdc983e','{"01a22f1d9e807e12a327555ae43530b9": "a248bf28c11cfd1dfcc931669798048cdb1f6f4b8e08c49cf7c477d427e3c7b7"}','','bda4bcef10d615da779718c6934acbffebf519f6ec8c1d4710a4242817c642ab');
CREATE TABLE attempt (
	id VARCHAR NOT NULL, 
	delivery_id VARCHAR NOT NULL, 
	account VARCHAR NOT NULL, 
	fence INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	revision INTEGER NOT NULL, 
	request JSON NOT NULL, 
	notes JSON NOT NULL, 
	started_at DATETIME NOT NULL, 
	not_after DATETIME NOT NULL, 
	ended_at DATETIME, 
	outcome VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	remote_id VARCHAR NOT NULL, 
	CONSTRAINT pk_attempt PRIMARY KEY (id), 
	CONSTRAINT fk_attempt_delivery_id_delivery FOREIGN KEY(delivery_id) REFERENCES delivery (id)
);
INSERT INTO "attempt" VALUES('01a22f1d9e8071d4ab0b6ff75125be48','01a22f1d9e8076e7b0e062b4bd667d95','blog',1,'01a22f1d9e8076e7b0e062b4bd667d95r1',1,'{"rendered": {"network": "wordpress", "parts": [{"text": "The fair opens\n\nAs of posting time; not necessarily an official announcement or view of the company, and may later be changed or deleted. For official announcements see our website and news releases: https://www.example.co.jp/", "media": []}], "title": "The fair opens", "link": "", "lang": "en", "disclaimer": "As of posting time; not necessarily an official announcement or view of the company, and may later be changed or deleted. For official announcements see our website and news releases: https://www.example.co.jp/", "length": 226, "limit": 60000}, "act": "publish", "target": "", "fingerprint": "db797ae8446ab8bcaeb06621994055439a6c016a88279db9c6a42bb369f35a70"}','{}','2026-12-01 01:00:00.000000','2026-12-01 01:00:30.000000','2026-12-01 01:00:00.000000','published','','1');
CREATE TABLE daemon (
	id VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	pid INTEGER NOT NULL, 
	version VARCHAR NOT NULL, 
	started_at DATETIME NOT NULL, 
	beat_at DATETIME NOT NULL, 
	moved_at DATETIME, 
	note VARCHAR NOT NULL, 
	CONSTRAINT pk_daemon PRIMARY KEY (id)
);
CREATE TABLE delivery (
	id VARCHAR NOT NULL, 
	post_id VARCHAR NOT NULL, 
	account VARCHAR NOT NULL, 
	act VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	revision INTEGER NOT NULL, 
	fence INTEGER NOT NULL, 
	requested_at DATETIME NOT NULL, 
	requested_wall VARCHAR NOT NULL, 
	requested_zone VARCHAR NOT NULL, 
	release_at DATETIME NOT NULL, 
	wake_at DATETIME, 
	expires_at DATETIME NOT NULL, 
	lateness INTEGER, 
	urgent BOOLEAN NOT NULL, 
	verdict VARCHAR NOT NULL, 
	findings JSON NOT NULL, 
	fingerprint VARCHAR NOT NULL, 
	human_at DATETIME NOT NULL, 
	confirmed_at DATETIME, 
	paused VARCHAR NOT NULL, 
	reminded INTEGER NOT NULL, 
	holds INTEGER NOT NULL, 
	lookups INTEGER NOT NULL, 
	attempts INTEGER NOT NULL, 
	unproven VARCHAR NOT NULL, 
	notes JSON NOT NULL, 
	target VARCHAR NOT NULL, 
	remote_id VARCHAR, 
	remote_url VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	settled_at DATETIME, 
	CONSTRAINT pk_delivery PRIMARY KEY (id), 
	CONSTRAINT fk_delivery_account_account FOREIGN KEY(account) REFERENCES account (id), 
	CONSTRAINT fk_delivery_post_id_post FOREIGN KEY(post_id) REFERENCES post (id)
);
INSERT INTO "delivery" VALUES('01a22f1d9e8076e7b0e062b4bd667d95','dd3qfwjadz','blog','publish','published',1,1,'2026-12-01 01:00:00.000000','2026-12-01 10:00:00','Asia/Tokyo','2026-12-01 01:00:00.000000',NULL,'2026-12-01 01:15:00.000000',NULL,0,'PASS','[]','db797ae8446ab8bcaeb06621994055439a6c016a88279db9c6a42bb369f35a70','2026-12-01 01:00:00.000000',NULL,'',0,0,0,1,'','{}','','1','https://example.com/1','','2026-12-01 01:00:00.000000');
INSERT INTO "delivery" VALUES('01a22f1d9e807e12a327555ae43530b9','8kph9a7qhd','blog','publish','waiting',1,0,'2026-12-02 03:00:00.000000','2026-12-02 12:00','Asia/Tokyo','2026-12-02 03:00:00.000000','2026-12-02 03:00:00.000000','2026-12-02 03:15:00.000000',NULL,0,'PASS','[]','a248bf28c11cfd1dfcc931669798048cdb1f6f4b8e08c49cf7c477d427e3c7b7','2026-12-01 01:00:00.000000',NULL,'',0,0,0,0,'','{}','',NULL,'','',NULL);
INSERT INTO "delivery" VALUES('01a22f1d9e8079ad831cea86293197be','kmj5c2n5kb','x','publish','waiting',1,0,'2026-12-02 03:00:00.000000','2026-12-02 12:00','Asia/Tokyo','2026-12-02 03:00:00.000000','2026-12-02 02:00:00.000000','2026-12-02 03:15:00.000000',NULL,0,'APPROVE','[{"rule": "approval", "clauses": ["1.1", "1.2"], "effect": "APPROVE", "args": {"missing": 1, "own": "ann"}, "until": null, "event": "approval", "sentence": "default", "lifted_by": ""}]','b054e8cd86a5d752e88fed1150a647d0890a7757c0d5fc1d71517067abc91944','2026-12-01 01:00:00.000000',NULL,'',0,0,0,0,'','{}','',NULL,'','',NULL);
CREATE TABLE epoch (
	id INTEGER NOT NULL, 
	value INTEGER NOT NULL, 
	CONSTRAINT pk_epoch PRIMARY KEY (id)
);
INSERT INTO "epoch" VALUES(1,3);
CREATE TABLE exception_grant (
	id VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	post_id VARCHAR, 
	category VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	accounts JSON NOT NULL, 
	deliveries JSON NOT NULL, 
	requested_by VARCHAR NOT NULL, 
	requested_at DATETIME NOT NULL, 
	granted_by VARCHAR NOT NULL, 
	granted_at DATETIME, 
	starts_at DATETIME, 
	expires_at DATETIME, 
	revoked_by VARCHAR NOT NULL, 
	revoked_at DATETIME, 
	review_due DATETIME, 
	reviewed_by VARCHAR NOT NULL, 
	reviewed_at DATETIME, 
	review_note VARCHAR NOT NULL, 
	CONSTRAINT pk_exception_grant PRIMARY KEY (id), 
	CONSTRAINT fk_exception_grant_post_id_post FOREIGN KEY(post_id) REFERENCES post (id)
);
CREATE TABLE exception_use (
	exception_id VARCHAR NOT NULL, 
	delivery_id VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_exception_use PRIMARY KEY (exception_id, delivery_id), 
	CONSTRAINT fk_exception_use_delivery_id_delivery FOREIGN KEY(delivery_id) REFERENCES delivery (id), 
	CONSTRAINT fk_exception_use_exception_id_exception_grant FOREIGN KEY(exception_id) REFERENCES exception_grant (id)
);
CREATE TABLE ledger (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at DATETIME NOT NULL, 
	actor VARCHAR NOT NULL, 
	os_user VARCHAR NOT NULL, 
	verb VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	post_id VARCHAR NOT NULL, 
	"before" VARCHAR NOT NULL, 
	"after" VARCHAR NOT NULL, 
	payload_sha256 VARCHAR NOT NULL
);
INSERT INTO "ledger" VALUES(1,'2026-12-01 01:00:00.000000','publisher','daemon','register account','x','','','','9be6bc07b20662d50b16a7044f3f938ea32e028bd281766674c050466dbc7b42');
INSERT INTO "ledger" VALUES(2,'2026-12-01 01:00:00.000000','publisher','daemon','register account','page','','','','ef1658fe4be18437a81bcdc2252792ef688c359af692e9b416e4b3d71a98dd01');
INSERT INTO "ledger" VALUES(3,'2026-12-01 01:00:00.000000','publisher','daemon','register account','blog','','','','c5f28f05cd2a4fdefc65e1453e783836e32188979d5f91090310aecad5816638');
INSERT INTO "ledger" VALUES(4,'2026-12-01 01:00:00.000000','publisher','daemon','register account','board','','','','f6ab593c0dcde319ab37a0f01bc4495c056f2150aafd90d9f89329ced80e4798');
INSERT INTO "ledger" VALUES(5,'2026-12-01 01:00:00.000000','publisher','daemon','register person','ann','','','','7c54c66dc8a68bdbba86488e74a0880cfbfc09dff5ac7d325edfc5e2c8264cd8');
INSERT INTO "ledger" VALUES(6,'2026-12-01 01:00:00.000000','publisher','daemon','register person','bo','','','','0c60cc1e76fa5f87854f697915ba58b24a166af85b00fb5300987102143eb119');
INSERT INTO "ledger" VALUES(7,'2026-12-01 01:00:00.000000','publisher','daemon','register person','cy','','','','5628418da308f5d5e0fc51b012a8291510de59d9f68c604abbb803eb0ba6bdb3');
INSERT INTO "ledger" VALUES(8,'2026-12-01 01:00:00.000000','publisher','daemon','register person','eve','','','','a395731aa4772d4bc94f4ff38d1408542f599508a7284396757576eda81691b4');
INSERT INTO "ledger" VALUES(9,'2026-12-01 01:00:00.000000','publisher','daemon','register person','gus','','','','4fbcca4ca73e6e6337359f05d8c27caec3f1e240768dc1bf67ea22af24bd05f1');
INSERT INTO "ledger" VALUES(10,'2026-12-01 01:00:00.000000','publisher','daemon','activate policy','1','','','','27677ce0a80c5721d73a097c154aa75c0127f8af55e6f659ed7441139839d029');
INSERT INTO "ledger" VALUES(11,'2026-12-01 01:00:00.000000','ann','tester','write','dd3qfwjadz','dd3qfwjadz','','','9789cbeb79a5c0dccfd07dba65fe6d5dfad8d878c2c24c7a01e7cd288072a253');
INSERT INTO "ledger" VALUES(12,'2026-12-01 01:00:00.000000','ann','tester','submit','dd3qfwjadz','dd3qfwjadz','draft','submitted','');
INSERT INTO "ledger" VALUES(13,'2026-12-01 01:00:00.000000','ann','tester','create','01a22f1d9e8076e7b0e062b4bd667d95','dd3qfwjadz','','waiting','d8560b7658c792bdded69837b055e2ed54708be6123b7bb4cc9fadf261ea091f');
INSERT INTO "ledger" VALUES(14,'2026-12-01 01:00:00.000000','ann','tester','plan','01a22f1d9e8076e7b0e062b4bd667d95','dd3qfwjadz','waiting','waiting','e7142e1e2c906724f5100c7218ed9d2d889bdc2bcb618ad73644a126a91a9aec');
INSERT INTO "ledger" VALUES(15,'2026-12-01 01:00:00.000000','bo','tester','approve','dd3qfwjadz','dd3qfwjadz','','','3d0fcfc301ee5c65ca4be2e7699589d0a80a99267ab12f57b0c86d3429baf562');
INSERT INTO "ledger" VALUES(16,'2026-12-01 01:00:00.000000','bo','tester','plan','01a22f1d9e8076e7b0e062b4bd667d95','dd3qfwjadz','waiting','waiting','168af357322577c2a19369370e13499467ea65a220cd25ecdc7c441dd99664ee');
INSERT INTO "ledger" VALUES(17,'2026-12-01 01:00:00.000000','publisher','daemon','claim','01a22f1d9e8076e7b0e062b4bd667d95','dd3qfwjadz','waiting','claimed','');
INSERT INTO "ledger" VALUES(18,'2026-12-01 01:00:00.000000','publisher','daemon','who-am-I','blog','','','','0e22ad83138fe45f281cb1d34e471fb759e825becd22ddd788ec250be488777e');
INSERT INTO "ledger" VALUES(19,'2026-12-01 01:00:00.000000','publisher','daemon','intend','01a22f1d9e8076e7b0e062b4bd667d95','dd3qfwjadz','claimed','sending','323e4d236def1840a45581bbf833c574f23cb95442c18ee52fed11c32ce4de6c');
INSERT INTO "ledger" VALUES(20,'2026-12-01 01:00:00.000000','publisher','daemon','publish','01a22f1d9e8076e7b0e062b4bd667d95','dd3qfwjadz','sending','published','cf3b9c6d8d92a0569cb237e3e0149066e125ca557c1d86752d3f446e23c4a905');
INSERT INTO "ledger" VALUES(21,'2026-12-01 01:00:00.000000','ann','tester','write','8kph9a7qhd','8kph9a7qhd','','','9789cbeb79a5c0dccfd07dba65fe6d5dfad8d878c2c24c7a01e7cd288072a253');
INSERT INTO "ledger" VALUES(22,'2026-12-01 01:00:00.000000','ann','tester','submit','8kph9a7qhd','8kph9a7qhd','draft','submitted','');
INSERT INTO "ledger" VALUES(23,'2026-12-01 01:00:00.000000','ann','tester','create','01a22f1d9e807e12a327555ae43530b9','8kph9a7qhd','','waiting','d8560b7658c792bdded69837b055e2ed54708be6123b7bb4cc9fadf261ea091f');
INSERT INTO "ledger" VALUES(24,'2026-12-01 01:00:00.000000','ann','tester','plan','01a22f1d9e807e12a327555ae43530b9','8kph9a7qhd','waiting','waiting','b8f61355ef0ae925ab06aaa64052fc379faf487154391f5a43d83fb47e1274b9');
INSERT INTO "ledger" VALUES(25,'2026-12-01 01:00:00.000000','bo','tester','approve','8kph9a7qhd','8kph9a7qhd','','','4b1c4492b4cbb9bbecb2b0b266209b56490428b5d6a71478e2db33bdb796858b');
INSERT INTO "ledger" VALUES(26,'2026-12-01 01:00:00.000000','bo','tester','plan','01a22f1d9e807e12a327555ae43530b9','8kph9a7qhd','waiting','waiting','29627b2c62260a93447ee4037948203200e57db2befefb3741c6202c63c244ea');
INSERT INTO "ledger" VALUES(27,'2026-12-01 01:00:00.000000','ann','tester','write','kmj5c2n5kb','kmj5c2n5kb','','','eb8cb79c50c1e155ca26657d05b8ee0b30aa2913d193b1f0c477aa1f47518587');
INSERT INTO "ledger" VALUES(28,'2026-12-01 01:00:00.000000','ann','tester','submit','kmj5c2n5kb','kmj5c2n5kb','draft','submitted','');
INSERT INTO "ledger" VALUES(29,'2026-12-01 01:00:00.000000','ann','tester','create','01a22f1d9e8079ad831cea86293197be','kmj5c2n5kb','','waiting','d8560b7658c792bdded69837b055e2ed54708be6123b7bb4cc9fadf261ea091f');
INSERT INTO "ledger" VALUES(30,'2026-12-01 01:00:00.000000','ann','tester','plan','01a22f1d9e8079ad831cea86293197be','kmj5c2n5kb','waiting','waiting','f7054233ff556b47d983a694c51f40331b28151079e91d6129c5edcd78e7d0dc');
CREATE TABLE meta (
	"key" VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	CONSTRAINT pk_meta PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('installation','01a22f1d9e80762e8ba28aa718f13547');
CREATE TABLE network_pause (
	network VARCHAR NOT NULL, 
	unknowns INTEGER NOT NULL, 
	paused_since DATETIME, 
	CONSTRAINT pk_network_pause PRIMARY KEY (network)
);
CREATE TABLE notification (
	id INTEGER NOT NULL, 
	dedupe VARCHAR NOT NULL, 
	audience VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	body VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	sent_at DATETIME, 
	tries INTEGER NOT NULL, 
	error VARCHAR NOT NULL, 
	CONSTRAINT pk_notification PRIMARY KEY (id), 
	CONSTRAINT uq_notification_dedupe UNIQUE (dedupe)
);
CREATE TABLE payload (
	seq INTEGER NOT NULL, 
	body VARCHAR NOT NULL, 
	CONSTRAINT pk_payload PRIMARY KEY (seq)
);
INSERT INTO "payload" VALUES(1,'{"values":{"active":true,"base_url":"http://127.0.0.1:9/x","calendar":"office","credentials":{"access_token":"env:SECRET","access_token_secret":"env:SECRET","consumer_key":"env:SECRET","consumer_secret":"env:SECRET"},"disclaimers":"standard","lang":"en","network":"x","options":{},"owner":"Comms","remote_user_id":"1120","sandbox":true}}');
INSERT INTO "payload" VALUES(2,'{"values":{"active":true,"base_url":"http://127.0.0.1:9/page","calendar":"office","credentials":{"access_token":"env:SECRET"},"disclaimers":"standard","lang":"en","network":"facebook","options":{},"owner":"Comms","remote_user_id":"1405","sandbox":true}}');
INSERT INTO "payload" VALUES(3,'{"values":{"active":true,"base_url":"http://127.0.0.1:9/blog","calendar":"office","credentials":{"password":"env:SECRET","username":"env:SECRET"},"disclaimers":"standard","lang":"en","network":"wordpress","options":{},"owner":"Comms","remote_user_id":"1414","sandbox":true}}');
INSERT INTO "payload" VALUES(4,'{"values":{"active":true,"base_url":"http://127.0.0.1:9/board","calendar":"always","credentials":{"api_key":"env:SECRET","api_username":"env:SECRET"},"disclaimers":"standard","lang":"en","network":"discourse","options":{},"owner":"Comms","remote_user_id":"1515","sandbox":true}}');
INSERT INTO "payload" VALUES(5,'{"values":{"display":"ann","os_users":[],"roles":["author"],"sample":true}}');
INSERT INTO "payload" VALUES(6,'{"values":{"display":"bo","os_users":[],"roles":["approver"],"sample":true}}');
INSERT INTO "payload" VALUES(7,'{"values":{"display":"cy","os_users":[],"roles":["duty officer"],"sample":true}}');
INSERT INTO "payload" VALUES(8,'{"values":{"display":"eve","os_users":[],"roles":["approver"],"sample":true}}');
INSERT INTO "payload" VALUES(9,'{"values":{"display":"gus","os_users":[],"roles":["admin"],"sample":true}}');
INSERT INTO "payload" VALUES(10,'{"sha256":"bda4bcef10d615da779718c6934acbffebf519f6ec8c1d4710a4242817c642ab"}');
INSERT INTO "payload" VALUES(11,'{"accounts":["blog"],"revision":1}');
INSERT INTO "payload" VALUES(13,'{"revision":1}');
INSERT INTO "payload" VALUES(14,'{"findings":[{"args":{"missing":1,"own":"ann"},"clauses":["1.1","1.2"],"effect":"APPROVE","event":"approval","lifted_by":"","rule":"approval","sentence":"default","until":null}],"fingerprint":"db797ae8446ab8bcaeb06621994055439a6c016a88279db9c6a42bb369f35a70","policy":"bda4bcef10d615da779718c6934acbffebf519f6ec8c1d4710a4242817c642ab","release_at":"2026-12-01T01:00:00Z","requested_at":"2026-12-01T01:00:00Z"}');
INSERT INTO "payload" VALUES(15,'{"deliveries":{"01a22f1d9e8076e7b0e062b4bd667d95":"db797ae8446ab8bcaeb06621994055439a6c016a88279db9c6a42bb369f35a70"},"fingerprint":"f3c96c592c84ebed68a5a6cb15c623ea0dd7200cbe4574fb1a673d84e78de927","policy":"bda4bcef10d615da779718c6934acbffebf519f6ec8c1d4710a4242817c642ab","reason":"","revision":1}');
INSERT INTO "payload" VALUES(16,'{"findings":[],"fingerprint":"db797ae8446ab8bcaeb06621994055439a6c016a88279db9c6a42bb369f35a70","policy":"bda4bcef10d615da779718c6934acbffebf519f6ec8c1d4710a4242817c642ab","release_at":"2026-12-01T01:00:00Z","requested_at":"2026-12-01T01:00:00Z"}');
INSERT INTO "payload" VALUES(18,'{"user_id":"1414"}');
INSERT INTO "payload" VALUES(19,'{"attempt":"01a22f1d9e8071d4ab0b6ff75125be48","bytes":{"act":"publish","fingerprint":"db797ae8446ab8bcaeb06621994055439a6c016a88279db9c6a42bb369f35a70","rendered":{"disclaimer":"As of posting time; not necessarily an official announcement or view of the company, and may later be changed or deleted. For official announcements see our website and news releases: https://www.example.co.jp/","lang":"en","length":226,"limit":60000,"link":"","network":"wordpress","parts":[{"media":[],"text":"The fair opens\n\nAs of posting time; not necessarily an official announcement or view of the company, and may later be changed or deleted. For official announcements see our website and news releases: https://www.example.co.jp/"}],"title":"The fair opens"},"target":""},"exception":"","findings":[],"key":"01a22f1d9e8076e7b0e062b4bd667d95r1","not_after":"2026-12-01T01:00:30Z","policy":"bda4bcef10d615da779718c6934acbffebf519f6ec8c1d4710a4242817c642ab","verdict":"PASS"}');
INSERT INTO "payload" VALUES(20,'{"attempt":"01a22f1d9e8071d4ab0b6ff75125be48","outcome":"published","reason":"","remote_id":"1"}');
INSERT INTO "payload" VALUES(21,'{"accounts":["blog"],"revision":1}');
INSERT INTO "payload" VALUES(23,'{"revision":1}');
INSERT INTO "payload" VALUES(24,'{"findings":[{"args":{"missing":1,"own":"ann"},"clauses":["1.1","1.2"],"effect":"APPROVE","event":"approval","lifted_by":"","rule":"approval","sentence":"default","until":null}],"fingerprint":"a248bf28c11cfd1dfcc931669798048cdb1f6f4b8e08c49cf7c477d427e3c7b7","policy":"bda4bcef10d615da779718c6934acbffebf519f6ec8c1d4710a4242817c642ab","release_at":"2026-12-02T03:00:00Z","requested_at":"2026-12-02T03:00:00Z"}');
INSERT INTO "payload" VALUES(25,'{"deliveries":{"01a22f1d9e807e12a327555ae43530b9":"a248bf28c11cfd1dfcc931669798048cdb1f6f4b8e08c49cf7c477d427e3c7b7"},"fingerprint":"f3b7de10486c1944b891c7efb45f5065793e8bb08edb04df58fc61eebfdc983e","policy":"bda4bcef10d615da779718c6934acbffebf519f6ec8c1d4710a4242817c642ab","reason":"","revision":1}');
INSERT INTO "payload" VALUES(26,'{"findings":[],"fingerprint":"a248bf28c11cfd1dfcc931669798048cdb1f6f4b8e08c49cf7c477d427e3c7b7","policy":"bda4bcef10d615da779718c6934acbffebf519f6ec8c1d4710a4242817c642ab","release_at":"2026-12-02T03:00:00Z","requested_at":"2026-12-02T03:00:00Z"}');
INSERT INTO "payload" VALUES(27,'{"accounts":["x"],"revision":1}');
INSERT INTO "payload" VALUES(29,'{"revision":1}');
INSERT INTO "payload" VALUES(30,'{"findings":[{"args":{"missing":1,"own":"ann"},"clauses":["1.1","1.2"],"effect":"APPROVE","event":"approval","lifted_by":"","rule":"approval","sentence":"default","until":null}],"fingerprint":"b054e8cd86a5d752e88fed1150a647d0890a7757c0d5fc1d71517067abc91944","policy":"bda4bcef10d615da779718c6934acbffebf519f6ec8c1d4710a4242817c642ab","release_at":"2026-12-02T03:00:00Z","requested_at":"2026-12-02T03:00:00Z"}');
CREATE TABLE person (
	name VARCHAR NOT NULL, 
	display VARCHAR NOT NULL, 
	roles JSON NOT NULL, 
	os_users JSON NOT NULL, 
	sample BOOLEAN NOT NULL, 
	managed_by VARCHAR NOT NULL, 
	retired_at DATETIME, 
	CONSTRAINT pk_person PRIMARY KEY (name)
);
INSERT INTO "person" VALUES('ann','ann','["author"]','[]',1,'config',NULL);
INSERT INTO "person" VALUES('bo','bo','["approver"]','[]',1,'config',NULL);
INSERT INTO "person" VALUES('cy','cy','["duty officer"]','[]',1,'config',NULL);
INSERT INTO "person" VALUES('eve','eve','["approver"]','[]',1,'config',NULL);
INSERT INTO "person" VALUES('gus','gus','["admin"]','[]',1,'config',NULL);
CREATE TABLE policy_version (
	id INTEGER NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	files JSON NOT NULL, 
	proposed_by VARCHAR NOT NULL, 
	proposed_at DATETIME NOT NULL, 
	activated_by VARCHAR NOT NULL, 
	activated_at DATETIME, 
	CONSTRAINT pk_policy_version PRIMARY KEY (id)
);
INSERT INTO "policy_version" VALUES(1,'bda4bcef10d615da779718c6934acbffebf519f6ec8c1d4710a4242817c642ab','{"approval.toml": "# Who must say yes (clauses 1.1 and 1.2).\n\ncount = 1                          # people besides the author and the last editor: 1 or 2\nvalid_days = 30                    # a yes that is older does not count any more\nremind_minutes_before = [60, 30]   # before its time, while a post still waits for a yes\n", "calendars.toml": "# When accounts may speak (clauses U4a and U4b). Each account in config.toml names one calendar.\n#\n#   zone       the wall clock that everything below is read on (an IANA name)\n#   weekly     hours by weekday: several windows are fine, \"22:00-02:00\" runs past midnight.\n#              A window is open from its first minute up to, and not including, its last.\n#   holidays   public holidays: a country \"JP\", a subdivision \"US-CA\" or \"DE-BY\", or a CSV file in\n#              this folder (\"holidays.csv\": rows YYYY/M/D,name in UTF-8 or CP932, as Japan''s Cabinet\n#              Office publishes them). Beyond the last day of its data nothing goes out.\n#   observed   false leaves out substitute days. In Japan they are law: keep true.\n#   closures   company holidays: \"12-29..01-03\" every year, \"2026-08-13..2026-08-15\" once\n#   half_days  shorter hours on what would be a working day:     \"12-28\" = [\"09:00-12:00\"]\n#   special    one day that overrules all of the above:          \"2026-12-30\" = [\"10:00-15:00\"]\n#   always     true: open at any hour, any day\n\n[calendars.office]\nzone = \"Asia/Tokyo\"\nholidays = \"JP\"\nobserved = true\nclosures = [\"12-29..01-03\"]\n\n[calendars.office.weekly]\nmonday = [\"09:00-17:30\"]\ntuesday = [\"09:00-17:30\"]\nwednesday = [\"09:00-17:30\"]\nthursday = [\"09:00-17:30\"]\nfriday = [\"09:00-17:30\"]\n\n# The bulletin board of the demonstration is open at any hour.\n[calendars.always]\nzone = \"Asia/Tokyo\"\nalways = true\n", "clauses.toml": "# The policy, clause by clause: what its text says, and what keeps it where no rule does.\n#\n#   strength    the policy''s own word; it bounds what a rule may do\n#   sha256      the fingerprint of `text`. A rule names the text it was written against: when the\n#               text changes, `publisher policy trace` calls the rule suspect until someone looks.\n#   mechanism   what keeps it, besides rules\n#   human       why only a person can judge it\n#\n# `publisher policy trace` fails for a clause that has neither a rule, nor a mechanism, nor a reason.\n\n[[clauses]]\nid = \"P1\"\nstrength = \"shall\"\ntext = \"In operating official social media accounts, I-NET Corp. establishes Social Media Policy (hereinafter, \\\"this Policy\\\") defining the following attitudes/activities/basic manners and shall comply with this Policy.\"\nsha256 = \"ac5820251ead73700a73b487eb22a29cccee83aa0522e53fea0d8cfd9b0eef03\"\nmechanism = \"Every path that sends goes through one gate, which records its decision; posts keep their asked time and their distance.\"\n\n[[clauses]]\nid = \"P2\"\nstrength = \"strive\"\ntext = \"In any cases where our employees access social media other than official accounts, I-NET Corp. will strive to provide them instructions and ensure thorough understanding of this Policy.\"\nsha256 = \"d6b10bd526e7d1105a29738a7a8bc02b89988ec8a9d209c42bcff38cb382eac9\"\nhuman = \"Whether employees understand the policy is for the people who instruct them; each activated version of the policy is kept.\"\n\n[[clauses]]\nid = \"D1\"\nstrength = \"-\"\ntext = \"\\\"Social media\\\" in this Policy refers to online services used for information transmission as well as mutual information exchange, such as SNS (social networking services) including Facebook and Twitter, blogs and bulletin boards.\"\nsha256 = \"b406aea1dad4aaf755afae63f422fc6fc5fb7955a67a1b4356fb0314769fa7b5\"\nmechanism = \"One adapter for each kind of network: X, Facebook, WordPress (blog), Discourse (bulletin board); one contract suite for all of them.\"\n\n[[clauses]]\nid = \"D2\"\nstrength = \"shall\"\ntext = \"\\\"Official accounts\\\" in this Policy refers to private accounts that I-NET Corp. opens under its name by the use of social media. Furthermore, even if employees of I-NET Corp. specifies that they belong to our company, personal accounts of the employees under their names shall be excluded.\"\nsha256 = \"d18654b06dce7de2fb9a602186e1f3976fa6e6035156db022a38bc904357eea3\"\n\n[[clauses]]\nid = \"1.1\"\nstrength = \"shall\"\ntext = \"We shall have constant awareness that information transmission to the Internet is accessible by a large and unspecified number of users.\"\nsha256 = \"ce3d5bf1a795aaa36b4f48895c755d064f620f850efc3f330683284d6958ebf9\"\n\n[[clauses]]\nid = \"1.2\"\nstrength = \"shall\"\ntext = \"We shall have awareness that information transmission by each individual has considerable influence.\"\nsha256 = \"dad7e8f0edb34e3564fc7baf5b68b63837d79efc17ef4240e9ab30317725ff6f\"\n\n[[clauses]]\nid = \"1.3\"\nstrength = \"shall\"\ntext = \"In information transmission, we shall have awareness of compliance with laws and regulations as well as in-house regulations and privacy policies that I-NET Corp. has set.\"\nsha256 = \"f893f010a1d9061f133e5966fbf3009cfbbee41ad611dc32e281318e2fef7c54\"\nmechanism = \"Images are drawn afresh before they leave, so that no place, device or author goes out with them.\"\nhuman = \"The approver judges laws and in-house regulations; no rule pretends to.\"\n\n[[clauses]]\nid = \"1.4\"\nstrength = \"attitude\"\ntext = \"We shall have constant awareness that information transmission facilitates development of solid relationship between employees and societies including users through communication, and enhances I-NET Corp.\u00e2\u0080\u0099s corporate brand.\"\nsha256 = \"41925ddde38344aa6109322b1258612cd57a5c894195470aab2e7d9984ac83db\"\nhuman = \"An attitude: only people can have it.\"\n\n[[clauses]]\nid = \"2.1\"\nstrength = \"attitude\"\ntext = \"Try to listen attentively to others'' statements.\"\nsha256 = \"9015187299da43e70b5f68d50fd0d5f771994446ead10665a476bf5cdd43f716\"\nhuman = \"People read the replies on the networks themselves; there is no inbox here yet.\"\n\n[[clauses]]\nid = \"2.2\"\nstrength = \"shall\"\ntext = \"Take responsibility for information transmission and responses, and pay attention to avoid causing misunderstanding.\"\nsha256 = \"73c0c1802d82552c1635fc356098ebab25b5cf7267a67d3af244c4e2c115e11b\"\n\n[[clauses]]\nid = \"2.3\"\nstrength = \"shall\"\ntext = \"Comply with confidentiality obligations not to disclose internal and external confidential information without permission.\"\nsha256 = \"ea980b3f73b0e1456b71a6e8596462718a615533d0bef0a3df806c75e90c0abd\"\nhuman = \"Embargoes are enforced; whether a text is confidential for another reason is judged by the approver.\"\n\n[[clauses]]\nid = \"2.4\"\nstrength = \"shall\"\ntext = \"Understand information once disclosed cannot be deleted completely.\"\nsha256 = \"ed2b0cceb0121d828fa1bdb3843a2a7d8fed5bef4df9c22c05d8013126cc2bbd\"\n\n[[clauses]]\nid = \"2.5\"\nstrength = \"attitude\"\ntext = \"Fulfill responsibilities in daily activities.\"\nsha256 = \"57b1ca49ff65ed942ab1b1f38dcec3c788332839888a271851a97c9fe1346748\"\nmechanism = \"`publisher todo` lists by person what needs one; people are told.\"\n\n[[clauses]]\nid = \"U1a\"\nstrength = \"shall\"\ntext = \"Not all information transmission from I-NET Corp. via social media necessarily describes our company''s official announcements and views.\"\nsha256 = \"72c1f43e34aec5a1ea12f52782f1e523b85cdbde8efe67da1e9414ef0e64c1b5\"\n\n[[clauses]]\nid = \"U1b\"\nstrength = \"shall\"\ntext = \"With regard to our official announcements, we transmit information on our company''s website and news releases, etc.\"\nsha256 = \"b800cec6c9699bae5a9f66cbd1d987e1132a5719e5a23f455dc8b772374df54d\"\nhuman = \"The approver sees that an announcement links a release that is public.\"\n\n[[clauses]]\nid = \"U2\"\nstrength = \"may\"\ntext = \"The information on social media is valid at the time of transmission, and may be subsequently changed or deleted.\"\nsha256 = \"ed166c7df9e9474b420a8d6dce745bd6146d1fc77bbdec6bd0168d22e1c3f079\"\nmechanism = \"`publisher retract` at any hour and `publisher edit` where the network has it, with reasons; the record stays.\"\n\n[[clauses]]\nid = \"U3.0\"\nstrength = \"may\"\ntext = \"In operating official accounts, regarding writing data and comments that are applicable or liable to apply to the following items, we may delete the information and contents posted on websites by users, and take other necessary measures without any prior notification.\"\nsha256 = \"f98992b7584d2cc2772a2cbce2149f74b5e3f1bf1d7ba77b58f6942847c0cc0a\"\nhuman = \"Comments are moderated by people on the networks themselves.\"\n\n[[clauses]]\nid = \"U3.1\"\nstrength = \"may\"\ntext = \"Contents that are irrelevant to I-NET Corp. and official accounts\"\nsha256 = \"17c5ae7eddfa204bc99764430cbf08e608b0ccd2a39eb2d360a0b0152f7dbc37\"\nhuman = \"A person judges comments.\"\n\n[[clauses]]\nid = \"U3.2\"\nstrength = \"may\"\ntext = \"Contents that violate laws and regulations or are subject to regulation\"\nsha256 = \"8a306d9abb2a33b7c6732fa05700316ea978625d5e3762c44780bd80801c2ac4\"\nhuman = \"A person judges comments.\"\n\n[[clauses]]\nid = \"U3.3\"\nstrength = \"may\"\ntext = \"Contents that are related to internal and external confidential information, such as trade secrets\"\nsha256 = \"186d1f320fa3065e20a56b929ad429d6164ea283e37719c5345a0f850db130f3\"\nhuman = \"A person judges comments.\"\n\n[[clauses]]\nid = \"U3.4\"\nstrength = \"may\"\ntext = \"Contents that are considered private or violate rights, defamation/slanders, any other discriminately expressions and public order and moral violations\"\nsha256 = \"0f0dc09feb066ec0a7464b9eeb0e5857c2b919834760e2a681bf16616dee80a0\"\nhuman = \"A person judges comments.\"\n\n[[clauses]]\nid = \"U3.5\"\nstrength = \"may\"\ntext = \"Acts of transmitting or posting harmful computer programs and files, and the contents\"\nsha256 = \"e01afe036bbfc708a8322726a2507606f2954f0d59fe18db30e8dcb16e76b548\"\nhuman = \"A person judges comments.\"\n\n[[clauses]]\nid = \"U3.6\"\nstrength = \"may\"\ntext = \"Any other contents that are deemed to be irrelevant by I-NET Corp. in light of operating purposes of official accounts\"\nsha256 = \"72e228dddc0b7a3da53764ff51e572428d43f204d022a83a79bf3c6439120238\"\nhuman = \"Only a person may deem.\"\n\n[[clauses]]\nid = \"U4a\"\nstrength = \"in principle\"\ntext = \"Information transmission via official accounts shall be limited within business days [and business hours] of I-NET Corp. in principle.\"\nsha256 = \"d3598d6aa8a59f0a03bc0ad4802861291eae785ae017cec9b96e4183f2a5575e\"\n\n[[clauses]]\nid = \"U4b\"\nstrength = \"in principle\"\ntext = \"Information transmission via official accounts shall be limited within [business days and] business hours of I-NET Corp. in principle.\"\nsha256 = \"a9788f35caae1e7acb2f7d56305a3e0e91ad202e052509870a7ca9254327b263\"\n\n[[clauses]]\nid = \"U4c\"\nstrength = \"may\"\ntext = \"However, we may transmit information temporarily if necessary.\"\nsha256 = \"072b3052a71f88e5f2b8dec2b94299d0cefe846ff380120f525bf3d60a702c77\"\n\n[[clauses]]\nid = \"SYS\"\nstrength = \"shall\"\ntext = \"A rule that errors or lacks its data holds and says so; a date beyond the calendar''s data holds.\"\nsha256 = \"8078b6c9fedb1e41cb6c207a9a3a8b27d15eec5278ab8a39ce16b34aedc63b68\"\nmechanism = \"The engine turns whatever a rule raises into a hold that names the rule.\"\n", "disclaimers.toml": "# The notice that a post is not necessarily an official announcement (clause U1a). The machine\n# attaches it; it is never shortened, doubled or left out. Samples: the policy owner approves the words.\n#\n# [sets.NAME]                        each account in config.toml names one set\n#   website                          fills {url}\n# [sets.NAME.families.FAMILY.LANG]   family: a network (\"x\", \"facebook\"), or \"long\" for all others\n#   standard, release, urgent        the wording for each kind of post (standard where one is missing)\n#   fallback                         one shorter wording for when the other does not fit\n\n[sets.standard]\nwebsite = \"https://www.example.co.jp/\"\n\n[sets.standard.families.x.ja]\nstandard = \"\u00e2\u0080\u00bb\u00e5\u00bf\u0085\u00e3\u0081\u009a\u00e3\u0081\u0097\u00e3\u0082\u0082\u00e5\u00bd\u0093\u00e7\u00a4\u00be\u00e3\u0081\u00ae\u00e5\u0085\u00ac\u00e5\u00bc\u008f\u00e7\u0099\u00ba\u00e8\u00a1\u00a8\u00e3\u0083\u00bb\u00e8\u00a6\u008b\u00e8\u00a7\u00a3\u00e3\u0081\u00a7\u00e3\u0081\u00af\u00e3\u0081\u0082\u00e3\u0082\u008a\u00e3\u0081\u00be\u00e3\u0081\u009b\u00e3\u0082\u0093\"\nrelease = \"\u00e2\u0080\u00bb\u00e6\u00ad\u00a3\u00e5\u00bc\u008f\u00e3\u0081\u00aa\u00e7\u0099\u00ba\u00e8\u00a1\u00a8\u00e3\u0081\u00af\u00e3\u0083\u00aa\u00e3\u0083\u00b3\u00e3\u0082\u00af\u00e5\u0085\u0088\u00e3\u0081\u00ae\u00e3\u0083\u008b\u00e3\u0083\u00a5\u00e3\u0083\u00bc\u00e3\u0082\u00b9\u00e3\u0083\u00aa\u00e3\u0083\u00aa\u00e3\u0083\u00bc\u00e3\u0082\u00b9\u00e3\u0081\u00a7\u00e3\u0081\u0099\"\nurgent = \"\u00e2\u0080\u00bb\u00e7\u0099\u00ba\u00e4\u00bf\u00a1\u00e6\u0099\u0082\u00e7\u0082\u00b9\u00e3\u0081\u00ae\u00e6\u0083\u0085\u00e5\u00a0\u00b1\u00e3\u0081\u00a7\u00e3\u0081\u0099\u00e3\u0080\u0082\u00e6\u009c\u0080\u00e6\u0096\u00b0\u00e3\u0081\u00ae\u00e5\u0085\u00ac\u00e5\u00bc\u008f\u00e6\u0083\u0085\u00e5\u00a0\u00b1\u00e3\u0081\u00af\u00e5\u00bd\u0093\u00e7\u00a4\u00be\u00e3\u0082\u00b5\u00e3\u0082\u00a4\u00e3\u0083\u0088\u00e3\u0081\u00b8\"\nfallback = \"\u00e2\u0080\u00bb\u00e5\u0085\u00ac\u00e5\u00bc\u008f\u00e7\u0099\u00ba\u00e8\u00a1\u00a8\u00e3\u0081\u00a7\u00e3\u0081\u00af\u00e3\u0081\u00aa\u00e3\u0081\u0084\u00e5\u00a0\u00b4\u00e5\u0090\u0088\u00e3\u0081\u008c\u00e3\u0081\u0082\u00e3\u0082\u008a\u00e3\u0081\u00be\u00e3\u0081\u0099\"\n\n[sets.standard.families.x.en]\nstandard = \"Not necessarily an official announcement or view.\"\nrelease = \"The linked news release is the official announcement.\"\nurgent = \"As of posting time. Latest official information: our website.\"\nfallback = \"May not be an official statement.\"\n\n[sets.standard.families.long.ja]\nstandard = \"\u00e2\u0080\u00bb\u00e7\u0099\u00ba\u00e4\u00bf\u00a1\u00e6\u0099\u0082\u00e7\u0082\u00b9\u00e3\u0081\u00ae\u00e6\u0083\u0085\u00e5\u00a0\u00b1\u00e3\u0081\u00a7\u00e3\u0081\u0099\u00e3\u0080\u0082\u00e5\u00bf\u0085\u00e3\u0081\u009a\u00e3\u0081\u0097\u00e3\u0082\u0082\u00e5\u00bd\u0093\u00e7\u00a4\u00be\u00e3\u0081\u00ae\u00e5\u0085\u00ac\u00e5\u00bc\u008f\u00e3\u0081\u00aa\u00e7\u0099\u00ba\u00e8\u00a1\u00a8\u00e3\u0083\u00bb\u00e8\u00a6\u008b\u00e8\u00a7\u00a3\u00e3\u0082\u0092\u00e8\u00a1\u00a8\u00e3\u0081\u0099\u00e3\u0082\u0082\u00e3\u0081\u00ae\u00e3\u0081\u00a7\u00e3\u0081\u00af\u00e3\u0081\u00aa\u00e3\u0081\u008f\u00e3\u0080\u0081\u00e5\u00be\u008c\u00e3\u0081\u00ab\u00e5\u00a4\u0089\u00e6\u009b\u00b4\u00e3\u0083\u00bb\u00e5\u0089\u008a\u00e9\u0099\u00a4\u00e3\u0081\u0099\u00e3\u0082\u008b\u00e5\u00a0\u00b4\u00e5\u0090\u0088\u00e3\u0081\u008c\u00e3\u0081\u0082\u00e3\u0082\u008a\u00e3\u0081\u00be\u00e3\u0081\u0099\u00e3\u0080\u0082\u00e5\u0085\u00ac\u00e5\u00bc\u008f\u00e7\u0099\u00ba\u00e8\u00a1\u00a8\u00e3\u0081\u00af\u00e5\u00bd\u0093\u00e7\u00a4\u00be\u00e3\u0082\u00a6\u00e3\u0082\u00a7\u00e3\u0083\u0096\u00e3\u0082\u00b5\u00e3\u0082\u00a4\u00e3\u0083\u0088\u00e3\u0081\u00a8\u00e3\u0083\u008b\u00e3\u0083\u00a5\u00e3\u0083\u00bc\u00e3\u0082\u00b9\u00e3\u0083\u00aa\u00e3\u0083\u00aa\u00e3\u0083\u00bc\u00e3\u0082\u00b9\u00e3\u0082\u0092\u00e3\u0081\u0094\u00e8\u00a6\u00a7\u00e3\u0081\u008f\u00e3\u0081\u00a0\u00e3\u0081\u0095\u00e3\u0081\u0084\u00e3\u0080\u0082{url}\"\n\n[sets.standard.families.long.en]\nstandard = \"As of posting time; not necessarily an official announcement or view of the company, and may later be changed or deleted. For official announcements see our website and news releases: {url}\"\n", "exceptions.toml": "# Out-of-hours permission (clause U4c). Always two people in all; the grant is the approval.\n\nurgent_hours = 4              # an urgent notice may go out for this long after the grant (at most 4)\nplanned_after_minutes = 30    # a planned slot may be this late (at most 30)\nincident_hours = 12           # incident mode lasts this long, renewable (at most 12)\n\n# What it may be for. A correction of something already public is urgent too.\ncategories = [\"accident\", \"outage\", \"correction\", \"safety\", \"event\", \"other\"]\n", "pacing.toml": "# How close posts of one account may follow each other, and how late a post may go out.\n\nlateness_minutes = 15    # counted from the planned release; later than that, a person decides\n\n# By network. `lateness_minutes` may stand here too.\n[networks.x]\ngap_minutes = 10\n\n[networks.facebook]\ngap_minutes = 30\n\n[networks.wordpress]\ngap_minutes = 0\n\n[networks.discourse]\ngap_minutes = 10\n\n# By account, stronger than its network:\n# [accounts.livestream]\n# gap_minutes = 0\n# lateness_minutes = 5\n", "rules.toml": "# Every rule is enforced unless it says otherwise here.\n#\n#   mode = \"enforce\"   the rule decides\n#   mode = \"warn\"      it only warns\n#   mode = \"audit\"     it only records what it would have said\n#   mode = \"off\"       it is not asked\n#\n# account, whoami, disclaimer, stop, exception and not_before cannot be weakened.\n\n[rules.whoami]\nmax_age_hours = 24     # how old the network''s answer to \"who am I\" may be\n\n[rules.undo]\nmode = \"enforce\"\nseconds = 0           # after the last change by a person\n\n[rules.moved]\nmode = \"enforce\"\nmax_hours = 24         # moved further than this, or over a closure: the author''s yes\n\n# Nothing that contains one of these words goes out before the instant (clause 2.3):\n# [[embargoes]]\n# words = [\"Project Ginga\", \"\u00e9\u008a\u0080\u00e6\u00b2\u00b3\u00e8\u00a8\u0088\u00e7\u0094\u00bb\"]\n# until = 2027-04-01T09:00:00+09:00\n"}','publisher','2026-12-01 01:00:00.000000','publisher','2026-12-01 01:00:00.000000');
CREATE TABLE post (
	id VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	revision INTEGER NOT NULL, 
	author VARCHAR NOT NULL, 
	last_editor VARCHAR NOT NULL, 
	"key" VARCHAR, 
	text_sha256 VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_post PRIMARY KEY (id), 
	CONSTRAINT uq_post_key UNIQUE ("key")
);
INSERT INTO "post" VALUES('dd3qfwjadz','submitted',1,'ann','ann',NULL,'efc39aeaa39bb38ea64a75d6654adc0a049f6aae3b21353028b8ed0d84374f63','2026-12-01 01:00:00.000000');
INSERT INTO "post" VALUES('8kph9a7qhd','submitted',1,'ann','ann',NULL,'b408285a209a617b390268aa07feb3e480f119981be87d00a3b01acc8ab1912b','2026-12-01 01:00:00.000000');
INSERT INTO "post" VALUES('kmj5c2n5kb','submitted',1,'ann','ann',NULL,'72fb366a5ffc0ba63bd460a527bafaadaac129b98978d3389a1869fd61a87d78','2026-12-01 01:00:00.000000');
CREATE TABLE revision (
	post_id VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	text VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	link VARCHAR NOT NULL, 
	lang VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	variants JSON NOT NULL, 
	media JSON NOT NULL, 
	accounts JSON NOT NULL, 
	asked JSON NOT NULL, 
	embargo_until DATETIME, 
	written_by VARCHAR NOT NULL, 
	written_at DATETIME NOT NULL, 
	CONSTRAINT pk_revision PRIMARY KEY (post_id, number), 
	CONSTRAINT fk_revision_post_id_post FOREIGN KEY(post_id) REFERENCES post (id)
);
INSERT INTO "revision" VALUES('dd3qfwjadz',1,'The fair opens','','','','standard','{}','[]','["blog"]','{"blog": {"at": "2026-12-01T01:00:00Z", "wall": "2026-12-01 10:00:00", "zone": "Asia/Tokyo"}}',NULL,'ann','2026-12-01 01:00:00.000000');
INSERT INTO "revision" VALUES('8kph9a7qhd',1,'The fair closes','','','','standard','{}','[]','["blog"]','{"blog": {"at": "2026-12-02T03:00:00Z", "wall": "2026-12-02 12:00", "zone": "Asia/Tokyo"}}',NULL,'ann','2026-12-01 01:00:00.000000');
INSERT INTO "revision" VALUES('kmj5c2n5kb',1,'The fair is next year','','','','standard','{}','[]','["x"]','{"x": {"at": "2026-12-02T03:00:00Z", "wall": "2026-12-02 12:00", "zone": "Asia/Tokyo"}}',NULL,'ann','2026-12-01 01:00:00.000000');
CREATE TABLE seal (
	n INTEGER NOT NULL, 
	first_seq INTEGER NOT NULL, 
	last_seq INTEGER NOT NULL, 
	rows INTEGER NOT NULL, 
	leaves VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	previous VARCHAR NOT NULL, 
	hash VARCHAR NOT NULL, 
	CONSTRAINT pk_seal PRIMARY KEY (n)
);
INSERT INTO "seal" VALUES(1,1,30,30,'[[1,"bd0b89c5bb11b609"],[2,"3484ad41b0e234b7"],[3,"9abeaaea3a200eaf"],[4,"25d66cc5add55f4e"],[5,"0acb393686793d57"],[6,"92797f818144d4be"],[7,"7510311d9efd92b2"],[8,"3df7923b4a1bd1ac"],[9,"74202328b3885bed"],[10,"8ae67277743ac30b"],[11,"5cb97b5e5748c3f7"],[12,"825f2e24c0d1776f"],[13,"448bd733bd3ca336"],[14,"974c694e11fb35fe"],[15,"52c0afb924b9cc09"],[16,"734786dc4219b1e0"],[17,"0d96cf438d890ae3"],[18,"45c027cb0576f661"],[19,"c0643c52c46ca0e7"],[20,"71c3119a6c95fffc"],[21,"a6849f56d087fe44"],[22,"055f787e67937705"],[23,"805f684f90fcc392"],[24,"1cd0ee5ab833face"],[25,"ec8c33f946ced641"],[26,"78f1b6782ba88fdb"],[27,"fb42fbe01d28a233"],[28,"5e6e10a36991f63b"],[29,"853b2049a7014d72"],[30,"61f359db82ce00d8"]]','2026-12-01 01:00:00.000000','','d3fb487c4ea29cf3cf87b974dcdef49667de8da45c787767dede9f32190ef058');
CREATE TABLE stop (
	id INTEGER NOT NULL, 
	scope VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	"by" VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	lifted_by VARCHAR NOT NULL, 
	lifted_at DATETIME, 
	CONSTRAINT pk_stop PRIMARY KEY (id)
);
CREATE INDEX ix_account_network ON account (network);
CREATE INDEX ix_ledger_post_id ON ledger (post_id);
CREATE INDEX ix_ledger_subject ON ledger (subject);
CREATE INDEX ix_notification_sent_at ON notification (sent_at);
CREATE INDEX ix_post_author ON post (author);
CREATE INDEX ix_post_text_sha256 ON post (text_sha256);
CREATE INDEX ix_approval_post_id ON approval (post_id);
CREATE INDEX ix_delivery_attention ON delivery (state) WHERE state NOT IN ('waiting', 'published', 'cancelled');
CREATE INDEX ix_delivery_expiry ON delivery (expires_at) WHERE state = 'waiting';
CREATE INDEX ix_delivery_post_id ON delivery (post_id);
CREATE INDEX ix_delivery_slots ON delivery (account, release_at) WHERE state IN ('waiting', 'claimed', 'sending');
CREATE INDEX ix_delivery_wake ON delivery (wake_at) WHERE wake_at IS NOT NULL;
CREATE UNIQUE INDEX uq_delivery_in_flight ON delivery (account) WHERE state IN ('claimed', 'sending') AND act <> 'retract';
CREATE UNIQUE INDEX uq_delivery_remote ON delivery (account, remote_id) WHERE remote_id IS NOT NULL AND act IN ('publish', 'reply');
CREATE INDEX ix_exception_grant_post_id ON exception_grant (post_id);
CREATE INDEX ix_attempt_delivery_id ON attempt (delivery_id);
CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'ledger is append-only'); END;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'ledger is append-only'); END;
CREATE TRIGGER ledger_no_replace BEFORE INSERT ON ledger WHEN EXISTS (SELECT 1 FROM ledger WHERE seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'ledger is append-only'); END;
CREATE TRIGGER seal_no_update BEFORE UPDATE ON seal BEGIN SELECT RAISE(ABORT, 'seal is append-only'); END;
CREATE TRIGGER seal_no_delete BEFORE DELETE ON seal BEGIN SELECT RAISE(ABORT, 'seal is append-only'); END;
CREATE TRIGGER seal_no_replace BEFORE INSERT ON seal WHEN EXISTS (SELECT 1 FROM seal WHERE n = NEW.n) BEGIN SELECT RAISE(ABORT, 'seal is append-only'); END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('ledger',30);
COMMIT;
