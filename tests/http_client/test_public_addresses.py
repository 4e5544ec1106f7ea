"""Which addresses count as public."""

import pytest

from proctor_results.http_client.public_addresses import is_public_address

PRIVATE_ADDRESSES = {
    "unspecified": "0.0.0.0",  # noqa: S104  # nothing is bound to it
    "this network": "0.1.2.3",
    "private 10": "10.0.0.1",
    "carrier-grade NAT": "100.64.0.1",
    "end of carrier-grade NAT": "100.127.255.255",
    "loopback": "127.0.0.1",
    "any loopback": "127.255.1.2",
    "Azure's wire server": "168.63.129.16",
    "metadata": "169.254.169.254",
    "private 172.16": "172.16.0.1",
    "end of private 172.16": "172.31.255.255",
    "Oracle's metadata": "192.0.0.192",
    "documentation": "192.0.2.1",
    "private 192.168": "192.168.1.1",
    "benchmarks": "198.19.0.1",
    "multicast": "224.0.0.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "v6 unspecified": "::",
    "v6 loopback": "::1",
    "v6 link-local": "fe80::1",
    "v6 link-local with its interface": "fe80::1%eth0",
    "v6 unique local": "fd00:ec2::254",
    "v6 site-local": "fec0::1",
    "v6 multicast": "ff02::1",
    "v6 documentation": "2001:db8::1",
    "v6 newer documentation": "3fff::1",
    "v6 discard": "100::1",
    "Teredo": "2001::1",
    "mapped private": "::ffff:10.0.0.1",
    "mapped metadata in hexadecimal": "::ffff:a9fe:a9fe",
    "compatible private": "::10.0.0.1",
    "NAT64 of private": "64:ff9b::10.0.0.1",
    "NAT64 of loopback": "64:ff9b::7f00:1",
    "local NAT64": "64:ff9b:1::8.8.8.8",
    "6to4 of private": "2002:a00:1::1",
    "6to4 of metadata": "2002:a9fe:a9fe::1",
}

PUBLIC_ADDRESSES = {
    "v4": "93.184.216.34",
    "just below carrier-grade NAT": "100.63.255.255",
    "just above carrier-grade NAT": "100.128.0.0",
    "just above private 172.16": "172.32.0.0",
    "v6": "2606:4700::1111",
    "mapped public": "::ffff:8.8.8.8",
    "NAT64 of public": "64:ff9b::8.8.8.8",
    "6to4 of public": "2002:808:808::1",
}


@pytest.mark.parametrize("address", PRIVATE_ADDRESSES.values(), ids=PRIVATE_ADDRESSES)
def test_a_private_or_reserved_address_is_not_public(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize("address", PUBLIC_ADDRESSES.values(), ids=PUBLIC_ADDRESSES)
def test_a_globally_routable_address_is_public(address: str) -> None:
    assert is_public_address(address)
