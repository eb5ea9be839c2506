// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "../src/interfaces/IConsents.sol";
import {IProxies} from "../src/interfaces/IProxies.sol";
import {LedgerBase} from "./LedgerBase.sol";

/// @notice Maria's parent, the carer whom the parent names, and so on; all with the same scope.
abstract contract ProxiesBase is LedgerBase {
    uint48 internal constant FROM = START + 1 days;
    uint48 internal constant UNTIL = START + 30 days;

    address internal parent = addressOf("parent");
    address internal carer = addressOf("carer");
    string[4] private _names = ["parent", "carer", "nurse", "neighbour"];

    function setUp() public virtual override {
        super.setUp();
        admit(aldhelm, 826);
    }

    function parentTerms() internal view returns (IProxies.Proxy memory) {
        return IProxies.Proxy({
            subject: maria,
            epoch: 0,
            index: 20,
            proxy: parent,
            kind: 1,
            parent: 0,
            categories: 0x0f,
            sensitive: 0x03,
            purposes: 0x05,
            actions: 0x03,
            validFrom: FROM,
            validUntil: UNTIL,
            salt: keccak256("salt")
        });
    }

    /// @notice Every bit and second that the proxies may give.
    function terms() internal view returns (IConsents.Consent memory) {
        return IConsents.Consent({
            subject: maria,
            epoch: 0,
            index: 300,
            grantee: 1,
            recipient: 0,
            categories: 0x0f,
            sensitive: 0x03,
            purposes: 0x05,
            actions: 0x03,
            careFrom: type(int48).min,
            careUntil: type(int48).max,
            validFrom: FROM,
            validUntil: UNTIL,
            salt: keccak256("salt")
        });
    }

    function request() internal pure returns (IConsents.Request memory) {
        return IConsents.Request({
            grantee: 1, recipient: 0, categories: 0x05, sensitive: 0x01, purpose: 0x04, action: 0x01, time: FROM
        });
    }

    function chainOf(uint256 length) internal view returns (IProxies.Link[] memory chain) {
        chain = new IProxies.Link[](length);
        for (uint256 i; i < length; i++) {
            chain[i].terms = parentTerms();
            chain[i].terms.proxy = addressOf(_names[i]);
            chain[i].terms.index = uint32(20 + i);
        }
        resign(chain);
    }

    /// @notice Hangs each link on the one before it again, signed by the one who made it.
    function resign(IProxies.Link[] memory chain) internal view {
        for (uint256 i; i < chain.length; i++) {
            if (i > 0) chain[i].terms.parent = consents.proxyDigest(chain[i - 1].terms);
            uint256 key = i == 0 ? mariaKey : keyOf(_names[i - 1]);
            chain[i].signature = signed(key, consents.proxyDigest(chain[i].terms));
        }
    }

    /// @notice The key of the last proxy of a chain.
    function signerOf(IProxies.Link[] memory chain) internal view returns (uint256) {
        return keyOf(_names[chain.length - 1]);
    }
}
