import pytest

JPEG = b"\xff\xd8\xff\xe0" + b"p" * 100
PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 100
MP4 = b"\x00\x00\x00\x18ftypmp42" + b"v" * 100
# Frames of 12.2 kbit/s: a header byte of type 7 and 31 bytes, 20 ms each.
AMR_FRAME = bytes([7 << 3]) + b"s" * 31
AMR = b"#!AMR\n" + AMR_FRAME * 50
MIB = 1024 * 1024


async def upload(stage, data, kind="image", filename="a.jpg", field="media"):
    url = f"/cgi-bin/media/upload?type={kind}&access_token={await stage.token()}"
    return (await stage.http.post(url, files={field: (filename, data)})).json()


async def get(stage, media_id, **headers):
    query = {"access_token": await stage.token(), "media_id": media_id}
    return await stage.http.get("/cgi-bin/media/get", params=query, headers=headers)


@pytest.mark.parametrize(
    ("kind", "data", "content_type"),
    [
        ("image", JPEG, "image/jpeg"),
        ("image", PNG, "image/png"),
        ("voice", AMR, "audio/amr"),
        ("video", MP4, "video/mp4"),
        ("file", b"anything", "application/octet-stream"),
    ],
)
async def test_an_uploaded_file_comes_back(stage, kind, data, content_type):
    answer = await upload(stage, data, kind, "报价单.bin")
    assert answer["created_at"] == "1760000000"
    assert answer["type"] == kind
    response = await get(stage, answer["media_id"])
    assert response.content == data
    assert response.headers["content-type"] == content_type
    assert "%E6%8A%A5" in response.headers["content-disposition"]


@pytest.mark.parametrize(
    ("kind", "data", "errcode"),
    [
        ("poem", JPEG, 40005),
        ("image", b"", 44001),
        ("image", b"12345", 44001),
        ("image", b"GIF89a--", 40123),
        ("image", JPEG + b"p" * 10 * MIB, 40009),
        ("voice", b"RIFF----", 301017),
        ("voice", b"#!AMR\n" + AMR_FRAME * 3001, 45007),
        ("voice", b"#!AMR\n" + b"s" * 2 * MIB, 45001),
        ("video", b"no video at all", 40005),
        ("video", MP4 + b"v" * 10 * MIB, 45001),
        ("file", b"f" * (20 * MIB + 1), 45001),
    ],
    ids=range(11),
)
async def test_a_file_off_the_rules_is_refused(stage, kind, data, errcode):
    assert (await upload(stage, data, kind))["errcode"] == errcode


async def test_the_form_field_must_be_called_media(stage):
    assert (await upload(stage, JPEG, field="file"))["errcode"] == 44001


async def test_an_encoded_filename_alone_is_not_read(stage):
    head = "Content-Disposition: form-data; name=\"media\"; filename*=UTF-8''a.jpg"
    body = f"--b\r\n{head}\r\n\r\n".encode() + JPEG + b"\r\n--b--\r\n"
    url = f"/cgi-bin/media/upload?type=image&access_token={await stage.token()}"
    headers = {"content-type": "multipart/form-data; boundary=b"}
    answer = (await stage.http.post(url, content=body, headers=headers)).json()
    assert answer["errcode"] == 44001


async def test_an_unknown_or_old_file_is_json_with_status_200(stage):
    media_id = (await upload(stage, JPEG))["media_id"]
    stage.clock.now += 3 * 86_400 - 1
    assert (await get(stage, media_id)).content == JPEG
    stage.clock.now += 1
    for wanted in (media_id, "unknown"):
        response = await get(stage, wanted)
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/json"
        assert response.json()["errcode"] == 40007


async def test_a_range_gives_a_part(stage):
    media_id = (await upload(stage, b"0123456789", "file"))["media_id"]
    response = await get(stage, media_id, range="bytes=2-4")
    assert (response.status_code, response.content) == (206, b"234")
    assert response.headers["content-range"] == "bytes 2-4/10"
    assert (await get(stage, media_id, range="bytes=7-")).content == b"789"
    assert (await get(stage, media_id, range="bytes=10-")).status_code == 416


async def test_the_jssdk_download_serves_only_jssdk_uploads(stage):
    media_id = (await upload(stage, AMR, "voice", "a.amr"))["media_id"]
    assert (await stage.call("media/get/jssdk", media_id=media_id))["errcode"] == 40007


async def test_a_file_of_another_type_cannot_be_sent(stage):
    media_id = (await upload(stage, JPEG))["media_id"]
    message = {"touser": "zhoumin", "agentid": 1000002, "msgtype": "voice", "voice": {"media_id": media_id}}
    assert (await stage.call("message/send", message))["errcode"] == 40007
    message = {**message, "msgtype": "image", "image": {"media_id": media_id}}
    assert (await stage.call("message/send", message))["errcode"] == 0
