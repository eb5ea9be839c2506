// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEmergencies} from "../../src/interfaces/IEmergencies.sol";
import {GuardiansBase} from "../GuardiansBase.sol";
import {LedgerBase} from "../LedgerBase.sol";
import {ProxiesBase} from "../ProxiesBase.sol";

/// @notice What guardians, proxies, many refusals at once and emergencies cost; see Gas.t.sol for how it is measured.
contract PeopleGasTest is GuardiansBase, ProxiesBase {
    uint48 private constant DEADLINE = START + 30 days;
    bytes32 private constant HIDDEN = keccak256("commitment");

    address private phone = addressOf("phone 2");
    address private board = addressOf("ethics board");

    function setUp() public override(LedgerBase, ProxiesBase) {
        super.setUp();
        admit(luz, 620);
        admitAs(1 << 5, board, 620);
    }

    function startRecovery(uint64 nonce) private {
        bytes[] memory signatures = signedByTwo(recoverDigest(maria, phone, nonce, DEADLINE));
        vm.prank(relayer);
        subjects.startRecovery(maria, phone, DEADLINE, family(), signatures);
    }

    function test_setGuardians_gas() public {
        guard(maria);
        vm.snapshotGasLastCall("Subjects", "setGuardians, first ever");
        vm.warp(START + 1 hours);
        guard(maria);
        vm.snapshotGasLastCall("Subjects", "setGuardians, first change");
        vm.warp(START + 2 hours);
        guard(maria);
        vm.snapshotGasLastCall("Subjects", "setGuardians, later");
        vm.warp(START + 3 hours);
        bytes memory signature = signed(mariaKey, setGuardiansDigest(maria, HIDDEN, 3, DEADLINE));
        vm.prank(relayer);
        subjects.setGuardiansBySig(maria, HIDDEN, DEADLINE, signature);
        vm.snapshotGasLastCall("Subjects", "setGuardiansBySig, later");
    }

    function test_recovery_gas() public {
        guard(maria);
        startRecovery(1);
        vm.snapshotGasLastCall("Subjects", "startRecovery, 2 of 3, first");
        vm.prank(maria);
        subjects.vetoRecovery(maria);
        vm.snapshotGasLastCall("Subjects", "vetoRecovery");
        startRecovery(2);
        vm.snapshotGasLastCall("Subjects", "startRecovery, 2 of 3, later");
        bytes memory signature = signed(mariaKey, vetoDigest(maria, 2, DEADLINE));
        vm.prank(relayer);
        subjects.vetoRecoveryBySig(maria, DEADLINE, signature);
        vm.snapshotGasLastCall("Subjects", "vetoRecoveryBySig");
        startRecovery(3);
        vm.warp(START + 2 days);
        vm.prank(relayer);
        subjects.executeRecovery(maria);
        vm.snapshotGasLastCall("Subjects", "executeRecovery");
    }

    function test_guardiansRefusal_gas() public {
        guard(maria);
        bytes[] memory signatures = signedByTwo(guardiansRevokeAllDigest(maria, 0, DEADLINE));
        vm.prank(relayer);
        subjects.revokeAllByGuardians(maria, DEADLINE, family(), signatures);
        vm.snapshotGasLastCall("Subjects", "revokeAllByGuardians, 2 of 3");
        vm.prank(maria);
        consents.revoke(maria, 256);
        signatures = signedByTwo(revokeDigest(maria, 257));
        vm.prank(relayer);
        consents.revokeByGuardians(maria, 257, family(), signatures);
        vm.snapshotGasLastCall("Consents", "revokeByGuardians, 2 of 3, later in word");
    }

    function test_revokeMany_gas() public {
        vm.prank(maria);
        consents.revokeMany(maria, 1, type(uint128).max);
        vm.snapshotGasLastCall("Consents", "revokeMany, 128 first in word");
        vm.prank(maria);
        consents.revokeMany(maria, 1, type(uint256).max);
        vm.snapshotGasLastCall("Consents", "revokeMany, 256 later in word");
        vm.prank(maria);
        consents.revoke(maria, 512);
        bytes memory signature = signed(mariaKey, revokeManyDigest(maria, 2, type(uint256).max));
        vm.prank(relayer);
        consents.revokeManyBySig(maria, 2, type(uint256).max, signature);
        vm.snapshotGasLastCall("Consents", "revokeManyBySig, 256 later in word");
    }

    function test_revokeUnderProxy_gas() public {
        bytes32 link = consents.proxyDigest(parentTerms());
        vm.prank(parent);
        consents.revokeUnderProxy(link, 256);
        vm.snapshotGasLastCall("Consents", "revokeUnderProxy, first in word");
        vm.prank(parent);
        consents.revokeUnderProxy(link, 257);
        vm.snapshotGasLastCall("Consents", "revokeUnderProxy, later in word");
        bytes memory signature = signed(keyOf("parent"), revokeUnderProxyDigest(link, 258));
        vm.prank(relayer);
        consents.revokeUnderProxyBySig(parent, link, 258, signature);
        vm.snapshotGasLastCall("Consents", "revokeUnderProxyBySig, later in word");
    }

    function test_revokeAsProxy_gas() public {
        vm.warp(FROM);
        vm.prank(maria);
        consents.revoke(maria, 256);
        bytes memory signature = signed(mariaKey, consents.digest(terms()));
        bytes memory refusal = signed(keyOf("parent"), revokeDigest(maria, 300));
        vm.prank(relayer);
        consents.revokeAsProxy(terms(), signature, chainOf(1), refusal);
        vm.snapshotGasLastCall("Consents", "revokeAsProxy, 1 link, later in word");
    }

    function test_emergency_gas() public {
        vm.prank(luz);
        consents.declareEmergency(0, 1, 4, HIDDEN);
        vm.snapshotGasLastCall("Emergencies", "declareEmergency, first in slot");
        vm.prank(luz);
        consents.endEmergency(0);
        vm.snapshotGasLastCall("Emergencies", "endEmergency");
        vm.prank(board);
        consents.reviewEmergency(2, 0, uint32(START), IEmergencies.Outcome.Justified);
        vm.snapshotGasLastCall("Emergencies", "reviewEmergency");
        vm.warp(START + 24 hours);
        vm.prank(luz);
        consents.declareEmergency(0, 2, 24, keccak256("another"));
        isTrue(vm.snapshotGasLastCall("Emergencies", "declareEmergency, later") <= 52_000, "later <= 52,000");
    }
}
