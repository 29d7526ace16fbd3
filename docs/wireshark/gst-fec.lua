-- SPDX-License-Identifier: LGPL-2.1-or-later
-- gst-fec.lua: shows in Wireshark and tshark what is gst-fec's own: its control messages (STUN, whose frame Wireshark's
-- own dissector shows), the header extension EXT_BLOCK of its ALC packets, and its frames over TCP. docs/protocol.md is
-- normative; README.md beside this file says how to install it.

local DEFAULT_PORT = 6330
local STUN_HEADER, MAX_ENTRIES = 20, 32
local PAYLOAD_ID = 4
local HET_BLOCK, HET_FTI, FLAG_EARLY = 200, 64, 0x10

local METHODS = {
  [0x0F1] = "Connect", [0x0F2] = "Join", [0x0F3] = "Leave", [0x0F4] = "Describe", [0x0F5] = "Report",
}
local CLASSES = { [0] = "Request", [1] = "Indication", [2] = "Success", [3] = "Error" }
local ERRORS = {
  [0] = "none",
  [300] = "try alternate",
  [400] = "malformed attribute or request",
  [401] = "the address has not proved itself, or the proof or login is not valid",
  [403] = "this client may not",
  [404] = "no such channel",
  [420] = "unknown comprehension-required attribute",
  [437] = "no such session: connect anew",
  [438] = "stale nonce",
  [440] = "end of the lease is in the past",
  [441] = "too many channels",
  [486] = "too many sessions of this address or network",
  [500] = "server error",
  [503] = "too many sessions in all",
  [504] = "the channel has not begun",
  [508] = "no bandwidth left",
  [510] = "too much got lost on the way: the session was ended",
}
local ATTRIBUTES = {
  [0x7F01] = "SESSION-ID", [0x7F02] = "CHANNELS", [0x7F03] = "GRANTS", [0x7F04] = "SERVER-TIME",
  [0x7F05] = "REPORTS", [0x7F06] = "DESCRIPTION", [0x7F07] = "MISSING", [0x7F08] = "REPORT-NUMBER",
}
local ERROR_CODE = 0x0009

local fec = Proto("gstfec", "gst-fec")
local frames = Proto("gstfec_tcp", "gst-fec over TCP")

local f = {
  method = ProtoField.uint16("gstfec.method", "Method", base.HEX, METHODS),
  class = ProtoField.uint8("gstfec.class", "Class", base.DEC, CLASSES),
  error = ProtoField.uint16("gstfec.error", "Error", base.DEC, ERRORS),
  attribute = ProtoField.uint16("gstfec.attribute", "Attribute", base.HEX, ATTRIBUTES),
  session_id = ProtoField.uint64("gstfec.session_id", "Session", base.HEX),
  server_time = ProtoField.uint64("gstfec.server_time", "Server's time, microseconds", base.DEC),
  description = ProtoField.string("gstfec.description", "Description"),
  report_number = ProtoField.uint32("gstfec.report_number", "Number of the report", base.DEC),

  channel_tsi = ProtoField.uint32("gstfec.channel.tsi", "TSI", base.DEC),
  channel_seconds = ProtoField.uint32("gstfec.channel.seconds", "Length of the lease, seconds", base.DEC),
  channel_end = ProtoField.uint64("gstfec.channel.end", "End of the lease, microseconds", base.DEC),
  channel_length = ProtoField.uint8("gstfec.channel.name_length", "Length of the name", base.DEC),
  channel_name = ProtoField.string("gstfec.channel.name", "Name"),

  grant_tsi = ProtoField.uint32("gstfec.grant.tsi", "TSI", base.DEC),
  grant_error = ProtoField.uint16("gstfec.grant.error", "Error of this channel", base.DEC, ERRORS),
  grant_end = ProtoField.uint64("gstfec.grant.end", "Granted end, microseconds", base.DEC),

  report_tsi = ProtoField.uint32("gstfec.report.tsi", "TSI", base.DEC),
  report_highest = ProtoField.uint32("gstfec.report.highest", "Highest sequence number", base.DEC),
  report_received = ProtoField.uint32("gstfec.report.received", "Packets received", base.DEC),
  report_lost = ProtoField.uint32("gstfec.report.lost", "Packets lost", base.DEC),
  report_jitter = ProtoField.uint32("gstfec.report.jitter", "Jitter, microseconds", base.DEC),

  missing_tsi = ProtoField.uint32("gstfec.missing.tsi", "TSI", base.DEC),
  missing_toi = ProtoField.uint32("gstfec.missing.toi", "TOI", base.DEC),
  missing_sbn = ProtoField.uint8("gstfec.missing.sbn", "SBN", base.DEC),
  missing_seq = ProtoField.uint16("gstfec.missing.seq", "Newest sequence number", base.DEC),
  missing_count = ProtoField.uint32("gstfec.missing.count", "Symbols missing", base.DEC),

  packet_channel = ProtoField.uint8("gstfec.packet.channel", "Channel index", base.DEC),
  packet_seq = ProtoField.uint16("gstfec.packet.seq", "Sequence number", base.DEC),
  packet_symbol = ProtoField.uint32("gstfec.packet.symbol_size", "Symbol, bytes", base.DEC),
  block_flags = ProtoField.uint8("gstfec.block.flags", "Flags", base.HEX),
  block_records = ProtoField.bool("gstfec.block.records", "Records", 8, nil, 0x01),
  block_random_access = ProtoField.bool("gstfec.block.random_access", "Random access point", 8, nil, 0x02),
  block_last = ProtoField.bool("gstfec.block.last", "Last block", 8, nil, 0x04),
  block_replacement = ProtoField.bool("gstfec.block.replacement", "Replacement", 8, nil, 0x08),
  block_early = ProtoField.bool("gstfec.block.early", "Early copy", 8, nil, FLAG_EARLY),
  block_early_size = ProtoField.uint16("gstfec.block.early_size", "Early size", base.DEC),
}
fec.fields = f

local g = {
  length = ProtoField.uint16("gstfec_tcp.length", "Length", base.DEC),
  alive = ProtoField.bool("gstfec_tcp.alive", "Keeps the connection alive"),
  crc = ProtoField.uint32("gstfec_tcp.crc", "CRC-32C of the packet", base.HEX),
  crc_good = ProtoField.bool("gstfec_tcp.crc_good", "CRC is right"),
}
frames.fields = g

local e = {
  malformed = ProtoExpert.new("gstfec.malformed", "Malformed", expert.group.MALFORMED, expert.severity.ERROR),
}
fec.experts = e
local h = {
  damaged = ProtoExpert.new("gstfec_tcp.damaged", "Neither a message nor a packet with a right CRC",
    expert.group.CHECKSUM, expert.severity.WARN),
}
frames.experts = h

local stun, alc, sdp = Dissector.get("stun-udp"), Dissector.get("alc"), Dissector.get("sdp")

-- Calls a dissector of Wireshark. What it finds malformed it has shown by itself when it fails.
local function call(dissector, tvb, pinfo, tree)
  if dissector then
    pcall(dissector.call, dissector, tvb, pinfo, tree)
  end
end

local function malformed(item, text)
  item:add_proto_expert_info(e.malformed, text)
end

-- Adds a time in microseconds of Unix time, with a date where it has one.
local function add_time(item, field, range)
  local value = range:uint64()
  local added = item:add(field, range)
  local seconds = math.floor((value / 1000000):tonumber())
  if seconds > 0 and seconds < 253402300800 then
    added:append_text(" (" .. os.date("!%Y-%m-%d %H:%M:%S", seconds) .. " UTC)")
  end
end

---- Lists ----

-- Each of these adds the entry at the begin of range to item; returns its size, or nil when it is broken.

local CHANNEL_FIELDS = 17
local function add_channel(item, range)
  if range:len() < CHANNEL_FIELDS then
    return nil
  end
  local length = range(16, 1):uint()
  if range:len() < CHANNEL_FIELDS + length then
    return nil
  end
  local entry = item:add(fec, range(0, CHANNEL_FIELDS + length), "Channel")
  entry:add(f.channel_tsi, range(0, 4))
  entry:add(f.channel_seconds, range(4, 4))
  add_time(entry, f.channel_end, range(8, 8))
  entry:add(f.channel_length, range(16, 1))
  if length > 0 then
    entry:add(f.channel_name, range(CHANNEL_FIELDS, length), range(CHANNEL_FIELDS, length):string(ENC_UTF_8))
    entry:append_text(": " .. range(CHANNEL_FIELDS, length):string(ENC_UTF_8))
  else
    entry:append_text(": TSI " .. range(0, 4):uint())
  end
  return CHANNEL_FIELDS + length
end

local function entry_of_size(size, add)
  return function (item, range)
    if range:len() < size then
      return nil
    end
    add(item, range(0, size))
    return size
  end
end

local add_grant = entry_of_size(16, function (item, range)
  local entry = item:add(fec, range, "Grant: TSI " .. range(0, 4):uint())
  entry:add(f.grant_tsi, range(0, 4))
  entry:add(f.grant_error, range(4, 2))
  add_time(entry, f.grant_end, range(8, 8))
end)

local add_report = entry_of_size(20, function (item, range)
  local entry = item:add(fec, range, "Report: TSI " .. range(0, 4):uint())
  entry:add(f.report_tsi, range(0, 4))
  entry:add(f.report_highest, range(4, 4))
  entry:add(f.report_received, range(8, 4))
  entry:add(f.report_lost, range(12, 4))
  entry:add(f.report_jitter, range(16, 4))
end)

local add_missing = entry_of_size(16, function (item, range)
  local entry = item:add(fec, range, "Missing: TOI " .. range(4, 4):uint())
  entry:add(f.missing_tsi, range(0, 4))
  entry:add(f.missing_toi, range(4, 4))
  entry:add(f.missing_sbn, range(8, 1))
  entry:add(f.missing_seq, range(10, 2))
  local count = entry:add(f.missing_count, range(12, 4))
  if range(12, 4):uint() == 0 then
    malformed(count, "No symbol is missing")
  end
end)

local function list_of(add)
  return function (item, range)
    local offset, n = 0, 0
    while offset < range:len() do
      local size = add(item, range(offset))
      n = n + 1
      if not size or n > MAX_ENTRIES then
        malformed(item, size and "More than 32 entries" or "The list ends within an entry")
        return
      end
      offset = offset + size
    end
    item:append_text(" (" .. n .. ")")
  end
end

---- Control messages ----

local function number_of(field, size)
  return function (item, range)
    if range:len() ~= size then
      malformed(item, "The length is not " .. size)
    else
      item:add(field, range)
    end
  end
end

local function add_description(item, range, pinfo)
  item:add(f.description, range, range:string(ENC_UTF_8))
  call(sdp, range:tvb(), pinfo, item)
end

local function add_server_time(item, range)
  if range:len() ~= 8 then
    malformed(item, "The length is not 8")
  else
    add_time(item, f.server_time, range)
  end
end

local VALUES = {
  [0x7F01] = number_of(f.session_id, 8),
  [0x7F02] = list_of(add_channel),
  [0x7F03] = list_of(add_grant),
  [0x7F04] = add_server_time,
  [0x7F05] = list_of(add_report),
  [0x7F06] = add_description,
  [0x7F07] = list_of(add_missing),
  [0x7F08] = number_of(f.report_number, 4),
}

-- The code alone: Wireshark's names for some codes are those of other protocols. Returns the code.
local function add_error(item, range)
  if range:len() < 4 then
    malformed(item, "ERROR-CODE is too short")
    return nil
  end
  local code = range(2, 1):bitfield(5, 3) * 100 + range(3, 1):uint()
  item:add(f.error, range(2, 2), code)
  return code
end

local function add_attribute(item, range, kind, pinfo)
  local attribute = item:add(f.attribute, range(0, 2), kind)
  attribute:set_len(range:len())
  if range:len() == 4 then
    if kind == 0x7F01 or kind == 0x7F04 or kind == 0x7F08 then
      malformed(attribute, "There is no value")
    end
  else
    VALUES[kind](attribute, range(4), pinfo)
  end
end

-- Adds the attributes; returns the code of ERROR-CODE where there is one.
local function add_attributes(item, tvb, pinfo)
  local offset, code = STUN_HEADER, nil
  while offset < tvb:len() do
    local left = tvb:len() - offset
    if left < 4 or left - 4 < tvb(offset + 2, 2):uint() then
      malformed(item, "An attribute reaches beyond the message")
      return code
    end
    local kind, length = tvb(offset, 2):uint(), tvb(offset + 2, 2):uint()
    if VALUES[kind] then
      add_attribute(item, tvb(offset, 4 + length), kind, pinfo)
    elseif kind == ERROR_CODE then
      code = length > 0 and add_error(item, tvb(offset + 4, length)) or code
    end
    offset = offset + 4 + math.floor((length + 3) / 4) * 4
  end
  return code
end

-- Returns what the message is, for the column.
local function dissect_control(tvb, pinfo, tree)
  call(stun, tvb, pinfo, tree)
  local item = tree:add(fec, tvb(), "gst-fec control message")
  if tvb:len() < STUN_HEADER then
    malformed(item, "The message is too short")
    return "Malformed message"
  end
  local bits = tvb(0, 2)
  local method = bits:bitfield(2, 5) * 128 + bits:bitfield(8, 3) * 16 + bits:bitfield(12, 4)
  local class = bits:bitfield(7, 1) * 2 + bits:bitfield(11, 1)
  item:add(f.method, bits, method)
  item:add(f.class, bits, class)
  local text = (METHODS[method] or "Unknown method") .. " " .. CLASSES[class]
  local code = add_attributes(item, tvb, pinfo)
  if code then
    text = text .. " " .. code .. ": " .. (ERRORS[code] or "unknown error")
  end
  item:append_text(": " .. text)
  return text
end

---- Packets ----

local function add_block(item, range)
  local block = item:add(fec, range, "EXT_BLOCK")
  local flags = block:add(f.block_flags, range(1, 1))
  for _, flag in ipairs { "records", "random_access", "last", "replacement", "early" } do
    flags:add(f["block_" .. flag], range(1, 1))
  end
  block:add(f.block_early_size, range(2, 2))
  return math.floor(range(1, 1):uint() / FLAG_EARLY) % 2 == 1
end

-- Adds the header extensions of ours; returns whether the packet is an early copy, and whether it has EXT_FTI.
local function add_extensions(item, tvb, begin, stop)
  local offset, early, closed = begin, false, false
  while offset < stop do
    local het = tvb(offset, 1):uint()
    local size = het >= 128 and 4 or tvb(offset + 1, 1):uint() * 4
    if size == 0 or offset + size > stop then
      malformed(item, "A header extension reaches beyond the header")
      return early, closed
    end
    if het == HET_BLOCK then
      early = add_block(item, tvb(offset, 4))
    end
    closed = closed or het == HET_FTI
    offset = offset + size
  end
  return early, closed
end

local function describe_payload(tvb, header, early, closed)
  if tvb:len() < header + PAYLOAD_ID then
    return "no symbol"
  end
  return (early and "early copy of symbol " or "symbol ") .. tvb(header + 1, 3):uint() .. (closed and "" or ", open")
end

-- Returns what the packet is, for the column.
local function dissect_packet(tvb, pinfo, tree)
  call(alc, tvb, pinfo, tree)
  local item = tree:add(fec, tvb(), "gst-fec packet")
  local header = tvb:len() > 2 and tvb(2, 1):uint() * 4 or 0
  if header < 16 or header > tvb:len() then
    malformed(item, "The header does not fit the packet")
    return "Malformed packet"
  end
  item:add(f.packet_channel, tvb(5, 1))
  item:add(f.packet_seq, tvb(6, 2))
  local early, closed = add_extensions(item, tvb, 16, header)
  if tvb:len() > header + PAYLOAD_ID then
    item:add(f.packet_symbol, tvb(header + PAYLOAD_ID), tvb:len() - header - PAYLOAD_ID)
  end
  local text = "TSI " .. tvb(8, 4):uint() .. ", block " .. tvb(12, 4):uint() .. ", " ..
    describe_payload(tvb, header, early, closed)
  item:append_text(": " .. text)
  return text
end

local function dissect_payload(tvb, pinfo, tree)
  local first = tvb(0, 1):uint()
  if first < 0x10 then
    return dissect_control(tvb, pinfo, tree)
  elseif first < 0x20 then
    return dissect_packet(tvb, pinfo, tree)
  end
  return nil
end

function fec.dissector (tvb, pinfo, tree)
  if tvb:len() == 0 then
    return 0
  end
  local text = dissect_payload(tvb, pinfo, tree)
  if not text then
    return 0
  end
  pinfo.cols.protocol = "gst-fec"
  pinfo.cols.info = text
  return tvb:len()
end

---- TCP ----

local crc_table = {}
for byte = 0, 255 do
  local crc = byte
  for _ = 1, 8 do
    local odd = crc % 2 == 1
    crc = bit.rshift(crc, 1)
    crc = odd and bit.bxor(crc, 0x82f63b78) or crc
  end
  crc_table[byte] = crc
end

local function crc32c(range)
  local bytes = range:bytes()
  local crc = 0xffffffff
  for i = 0, bytes:len() - 1 do
    crc = bit.bxor(bit.rshift(crc, 8), crc_table[bit.band(bit.bxor(crc, bytes:get_index(i)), 0xff)])
  end
  return bit.bnot(crc) % 4294967296
end

-- Returns whether the packet in range, with its CRC behind it, is whole.
local function add_crc(item, range)
  local size = range:len() - 4
  if size < 1 then
    return false
  end
  local good = range(size, 4):uint() == crc32c(range(0, size))
  item:add(g.crc, range(size, 4))
  item:add(g.crc_good, range(size, 4), good)
  return good
end

local texts -- what the frames of this segment are

local function dissect_frame(tvb, pinfo, tree)
  local item = tree:add(frames, tvb(), "gst-fec frame")
  local text
  item:add(g.length, tvb(0, 2))
  if tvb:len() == 2 then
    item:add(g.alive, tvb(0, 2), true)
    text = "Alive"
  elseif tvb(2, 1):uint() < 0x10 then
    text = dissect_control(tvb(2):tvb(), pinfo, tree)
  elseif tvb(2, 1):uint() < 0x20 and add_crc(item, tvb(2)) then
    text = dissect_packet(tvb(2, tvb:len() - 6):tvb(), pinfo, tree)
  else
    item:add_proto_expert_info(h.damaged)
    text = "Damaged frame"
  end
  texts[#texts + 1] = text
  return tvb:len()
end

local function frame_length(tvb, _, offset)
  return 2 + tvb(offset, 2):uint()
end

function frames.dissector (tvb, pinfo, tree)
  texts = {}
  dissect_tcp_pdus(tvb, tree, 2, frame_length, dissect_frame)
  pinfo.cols.protocol = "gst-fec"
  if #texts > 0 then
    pinfo.cols.info = table.concat(texts, " | ")
  end
  return tvb:len()
end

---- Ports ----

local udp_ports, tcp_ports = DissectorTable.get("udp.port"), DissectorTable.get("tcp.port")
local port = DEFAULT_PORT

fec.prefs.port = Pref.uint("Port", DEFAULT_PORT, "Of UDP and TCP")

function fec.prefs_changed ()
  udp_ports:remove(port, fec)
  tcp_ports:remove(port, frames)
  port = fec.prefs.port
  udp_ports:add(port, fec)
  tcp_ports:add(port, frames)
end

-- Added to a table, a dissector can be chosen with “Decode As” for any port too.
udp_ports:add(port, fec)
tcp_ports:add(port, frames)
