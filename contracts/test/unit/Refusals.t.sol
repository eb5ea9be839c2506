// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "../../src/interfaces/IConsents.sol";
import {IGuardians} from "../../src/interfaces/IGuardians.sol";
import {IProxies} from "../../src/interfaces/IProxies.sol";
import {GuardiansBase} from "../GuardiansBase.sol";
import {LedgerBase} from "../LedgerBase.sol";
import {ProxiesBase} from "../ProxiesBase.sol";
import {OwnedWallet} from "../Wallets.sol";

/// @notice Refusing many at once, by guardians, and by a proxy what the controller signed.
contract RefusalsTest is GuardiansBase, ProxiesBase {
    uint256 private constant MASK = (1 << 255) | 5;

    function setUp() public override(LedgerBase, ProxiesBase) {
        super.setUp();
        vm.warp(FROM);
    }

    function sign(IConsents.Consent memory consent) private view returns (bytes memory) {
        return signed(mariaKey, consents.digest(consent));
    }

    /// @dev The parent refuses and is refused with this reason.
    function refuses(IConsents.Consent memory consent, bytes memory signature, bytes memory reason) private {
        IProxies.Link[] memory chain = chainOf(1);
        vm.prank(parent);
        vm.expectRevert(reason);
        consents.revokeAsProxy(consent, signature, chain, "");
    }

    function test_revokeMany_setsTheBitsOfOneWord() public {
        vm.prank(maria);
        consents.revoke(maria, 256 + 1);
        vm.expectEmit(address(consents));
        emit IConsents.ConsentsRevoked(maria, 1, MASK | 2);
        vm.prank(maria);
        consents.revokeMany(maria, 1, MASK);
        same(consents.revocationWord(maria, 1), MASK | 2, "word");
        isTrue(consents.isRevoked(maria, 256 + 255), "last");
        isFalse(consents.isRevoked(maria, 255), "another word");
    }

    function test_revokeMany_changesNothingASecondTime() public {
        vm.startPrank(maria);
        consents.revokeMany(maria, type(uint24).max, MASK);
        vm.recordLogs();
        consents.revokeMany(maria, type(uint24).max, 5);
        consents.revokeMany(maria, 0, 0);
        same(vm.getRecordedLogs().length, 0, "events");
        same(consents.revocationWord(maria, type(uint24).max), MASK, "word");
    }

    function test_revokeMany_revertsIfNotController() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IConsents.Consents_NotController.selector, maria, maria, stranger));
        consents.revokeMany(maria, 1, MASK);
    }

    function test_revokeManyBySig_takesSubjectControllerAndWallet() public {
        vm.prank(relayer);
        consents.revokeManyBySig(maria, 1, MASK, signedCompact(mariaKey, revokeManyDigest(maria, 1, MASK)));
        same(consents.revocationWord(maria, 1), MASK, "by the subject");
        address wallet = address(new OwnedWallet(parent));
        vm.prank(maria);
        subjects.rotate(maria, wallet);
        consents.revokeManyBySig(maria, 2, MASK, signed(keyOf("parent"), revokeManyDigest(maria, 2, MASK)));
        same(consents.revocationWord(maria, 2), MASK, "by the wallet");
    }

    function test_revokeManyBySig_revertsIfAnyPartDiffers() public {
        bytes memory signature = signed(mariaKey, revokeManyDigest(maria, 1, MASK));
        bytes4 selector = IConsents.Consents_InvalidRevocations.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, maria, 2, MASK, maria));
        consents.revokeManyBySig(maria, 2, MASK, signature);
        vm.expectRevert(abi.encodeWithSelector(selector, maria, 1, MASK | 2, maria));
        consents.revokeManyBySig(maria, 1, MASK | 2, signature);
        vm.expectRevert(abi.encodeWithSelector(selector, stranger, 1, MASK, stranger));
        consents.revokeManyBySig(stranger, 1, MASK, signature);
        vm.chainId(9);
        vm.expectRevert(abi.encodeWithSelector(selector, maria, 1, MASK, maria));
        consents.revokeManyBySig(maria, 1, MASK, signature);
    }

    function test_revokeByGuardians_refusesOne() public {
        guard(maria);
        bytes[] memory signatures = signedByTwo(revokeDigest(maria, 300));
        vm.expectEmit(address(consents));
        emit IConsents.ConsentRevoked(maria, 300);
        vm.prank(relayer);
        consents.revokeByGuardians(maria, 300, family(), signatures);
        isTrue(consents.isRevoked(maria, 300), "refused");
    }

    function test_revokeByGuardians_revertsIfNotSignedOrNotTheirs() public {
        guard(maria);
        bytes[] memory signatures = signedByTwo(revokeDigest(maria, 300));
        vm.expectRevert(abi.encodeWithSelector(IGuardians.Guardians_InvalidSignature.selector, maria, guardianAt(0)));
        consents.revokeByGuardians(maria, 301, family(), signatures);
        bytes32 opened = subjects.guardianCommitment(stranger, family());
        vm.expectRevert(abi.encodeWithSelector(IGuardians.Guardians_WrongSet.selector, stranger, opened));
        consents.revokeByGuardians(stranger, 300, family(), signatures);
    }

    function test_revokeAsProxy_refusesWhatLiesWithinItsScope() public {
        IConsents.Consent memory consent = terms();
        vm.expectEmit(address(consents));
        emit IConsents.ConsentRevoked(maria, 300);
        IProxies.Link[] memory chain = chainOf(2);
        bytes memory signature = sign(consent);
        vm.prank(carer);
        consents.revokeAsProxy(consent, signature, chain, "");
        isTrue(consents.isRevoked(maria, 300), "refused");
    }

    function test_revokeAsProxy_isCarriedByAnyone() public {
        bytes memory refusal = signed(keyOf("parent"), revokeDigest(maria, 300));
        vm.prank(relayer);
        consents.revokeAsProxy(terms(), sign(terms()), chainOf(1), refusal);
        isTrue(consents.isRevoked(maria, 300), "refused");
    }

    function test_revokeAsProxy_revertsIfAnotherRefuses() public {
        bytes32 link = consents.proxyDigest(parentTerms());
        bytes memory reason = abi.encodeWithSelector(IProxies.Proxies_InvalidRevocation.selector, link, 300, parent);
        bytes memory foreign = signed(keyOf("carer"), revokeDigest(maria, 300));
        (bytes memory signature, IProxies.Link[] memory chain) = (sign(terms()), chainOf(1));
        vm.expectRevert(reason);
        consents.revokeAsProxy(terms(), signature, chain, foreign);
        bytes memory other = signed(keyOf("parent"), revokeDigest(maria, 301));
        vm.expectRevert(reason);
        consents.revokeAsProxy(terms(), signature, chain, other);
    }

    function test_revokeAsProxy_revertsIfTheTermsAreMadeUp() public {
        bytes32 id = consents.digest(terms());
        refuses(
            terms(),
            signed(keyOf("parent"), id),
            abi.encodeWithSelector(IConsents.Consents_InvalidSignature.selector, id, maria)
        );
    }

    function test_revokeAsProxy_revertsIfOutsideItsScope() public {
        IConsents.Consent memory consent = terms();
        consent.categories |= 0x40;
        bytes32 link = consents.proxyDigest(parentTerms());
        refuses(
            consent,
            sign(consent),
            abi.encodeWithSelector(IProxies.Proxies_Broader.selector, consents.digest(consent), link, 0x40, 0, 0, 0)
        );
    }

    function test_revokeAsProxy_revertsIfNotInForce() public {
        bytes32 link = consents.proxyDigest(parentTerms());
        bytes4 selector = IProxies.Proxies_NotInForce.selector;
        vm.warp(FROM - 1);
        refuses(terms(), sign(terms()), abi.encodeWithSelector(selector, link, FROM, UNTIL, FROM - 1));
        vm.warp(UNTIL);
        refuses(terms(), sign(terms()), abi.encodeWithSelector(selector, link, FROM, UNTIL, UNTIL));
    }

    function test_revokeAsProxy_revertsIfTheProxyWasRemovedOrTheEpochEnded() public {
        vm.prank(maria);
        consents.revoke(maria, 20);
        bytes32 link = consents.proxyDigest(parentTerms());
        refuses(terms(), sign(terms()), abi.encodeWithSelector(IProxies.Proxies_Revoked.selector, link, maria, 20));
        vm.prank(maria);
        subjects.revokeAll(maria);
        bytes32 id = consents.digest(terms());
        refuses(terms(), sign(terms()), abi.encodeWithSelector(IConsents.Consents_WrongEpoch.selector, id, 0, 1));
    }
}
