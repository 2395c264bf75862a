import assert from "node:assert/strict";
import { test } from "node:test";
import { telephone } from "../js/toolbar/tel.js";

test("a number becomes an address by RFC 3966: global alone, with an extension, or with what is dialled before it", () => {
  for (const [contact, address] of [
    [{ PhoneNumber: "+1 (212) 555-0131" }, "tel:+12125550131"],
    [{ PhoneNumber: "+1 212 555 0131", Prefix: "9" }, "tel:912125550131;phone-context=crm.example"],
    [{ PhoneNumber: "+1 212 555 0131", Suffix: "#7" }, "tel:12125550131%237;phone-context=crm.example"],
    [{ PhoneNumber: "212 555 0131" }, "tel:2125550131;phone-context=crm.example"],
    [{ PhoneNumber: "+1 212 555 0131 ext. 12" }, "tel:+12125550131;ext=12"],
    [{ PhoneNumber: "+12125550131;ext=12", Prefix: "9" }, "tel:912125550131;ext=12;phone-context=crm.example"],
    [{ PhoneNumber: "+1 212 555 0131 x4" }, "tel:+12125550131;ext=4"],
  ])
    assert.equal(telephone(contact, "crm.example"), address);
});
