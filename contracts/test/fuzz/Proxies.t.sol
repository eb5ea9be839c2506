// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "../../src/interfaces/IConsents.sol";
import {IProxies} from "../../src/interfaces/IProxies.sol";
import {ProxiesBase} from "../ProxiesBase.sol";

/// @notice A proxy never gives more than it has: any terms against the plain words of the rule.
contract ProxiesFuzzTest is ProxiesBase {
    struct Bounds {
        uint32 categories;
        uint16 sensitive;
        uint32 purposes;
        uint16 actions;
        uint48 validFrom;
        uint48 validUntil;
    }

    /// @dev Bounds that cover at least what is asked, and are near enough to each other to be nested often.
    function near(Bounds memory any) private pure returns (Bounds memory) {
        return Bounds({
            categories: (any.categories & 0x0f) | 1,
            sensitive: any.sensitive & 3,
            purposes: (any.purposes & 3) | 1,
            actions: (any.actions & 3) | 1,
            validFrom: uint48(within(any.validFrom, FROM - 2, FROM)),
            validUntil: uint48(within(any.validUntil, FROM + 1, FROM + 3))
        });
    }

    function bit(uint256 mask, uint256 i) private pure returns (bool) {
        return (mask >> i) & 1 == 1;
    }

    function isWithin(Bounds memory inner, Bounds memory outer) private pure returns (bool) {
        for (uint256 i; i < 32; i++) {
            if (bit(inner.categories, i) && !bit(outer.categories, i)) return false;
            if (bit(inner.sensitive, i) && !bit(outer.sensitive, i)) return false;
            if (bit(inner.purposes, i) && !bit(outer.purposes, i)) return false;
            if (bit(inner.actions, i) && !bit(outer.actions, i)) return false;
        }
        return inner.validFrom >= outer.validFrom && inner.validUntil <= outer.validUntil;
    }

    function linkOf(Bounds memory bounds, uint256 position) private view returns (IProxies.Link memory link) {
        link.terms = parentTerms();
        link.terms.proxy = position == 0 ? parent : carer;
        link.terms.index = uint32(20 + position);
        (link.terms.categories, link.terms.sensitive) = (bounds.categories, bounds.sensitive);
        (link.terms.purposes, link.terms.actions) = (bounds.purposes, bounds.actions);
        (link.terms.validFrom, link.terms.validUntil) = (bounds.validFrom, bounds.validUntil);
    }

    function permitted(Bounds memory inner, IProxies.Link[] memory chain) private view returns (bool) {
        IConsents.Consent memory consent = terms();
        (consent.categories, consent.sensitive) = (inner.categories, inner.sensitive);
        (consent.purposes, consent.actions) = (inner.purposes, inner.actions);
        (consent.validFrom, consent.validUntil) = (inner.validFrom, inner.validUntil);
        IConsents.Request memory wanted = request();
        (wanted.categories, wanted.sensitive, wanted.purpose, wanted.action) = (1, 0, 1, 1);
        resign(chain);
        bytes memory signature = signed(signerOf(chain), consents.digest(consent));
        return consents.permitsByProxy(consent, signature, chain, wanted);
    }

    function testFuzz_permitsByProxy_isNeverBroaderThanOneLink(Bounds memory inner, Bounds memory outer) public view {
        (inner, outer) = (near(inner), near(outer));
        IProxies.Link[] memory chain = new IProxies.Link[](1);
        chain[0] = linkOf(outer, 0);
        isTrue(permitted(inner, chain) == isWithin(inner, outer), "permitted = within");
    }

    function testFuzz_permitsByProxy_isNeverBroaderThanAnyLink(
        Bounds memory inner,
        Bounds memory middle,
        Bounds memory outer
    ) public view {
        (inner, middle, outer) = (near(inner), near(middle), near(outer));
        IProxies.Link[] memory chain = new IProxies.Link[](2);
        chain[0] = linkOf(outer, 0);
        chain[1] = linkOf(middle, 1);
        bool allowed = permitted(inner, chain);
        isTrue(allowed == (isWithin(inner, middle) && isWithin(middle, outer)), "permitted = nested");
        if (allowed) isTrue(isWithin(inner, outer), "nesting is transitive");
    }

    function testFuzz_permitsByProxy_anyBitsOutsideAreRefused(Bounds memory inner, Bounds memory outer) public view {
        IProxies.Link[] memory chain = new IProxies.Link[](1);
        chain[0] = linkOf(outer, 0);
        if (permitted(inner, chain)) isTrue(isWithin(inner, outer), "within");
    }

    function testFuzz_revokeUnderProxy_touchesOneBitOfOneSpace(
        address proxy,
        address other,
        bytes32 link,
        bytes32 otherLink,
        uint32 index
    ) public {
        vm.assume(proxy != other && link != otherLink);
        vm.prank(proxy);
        consents.revokeUnderProxy(link, index);
        isTrue(consents.isRevoked(consents.spaceOf(proxy, link), index), "refused");
        isFalse(consents.isRevoked(consents.spaceOf(other, link), index), "another proxy");
        isFalse(consents.isRevoked(consents.spaceOf(proxy, otherLink), index), "another link");
        isFalse(consents.isRevoked(proxy, index), "the proxy as a subject");
        isFalse(consents.isRevoked(consents.spaceOf(proxy, link), index ^ 1), "another index");
    }
}
