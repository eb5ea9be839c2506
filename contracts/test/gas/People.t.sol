// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEmergencies} from "../../src/interfaces/IEmergencies.sol";
import {GuardiansBase} from "../GuardiansBase.sol";
import {LedgerBase} from "../LedgerBase.sol";
import {ProxiesBase} from "../ProxiesBase.sol";
import {MeasuredBase} from "./Measured.sol";

/// @notice What guardians, proxies, many refusals at once and emergencies cost; see Gas.t.sol for how it is measured.
contract PeopleGasTest is GuardiansBase, ProxiesBase, MeasuredBase {
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
        act(relayer);
        subjects.startRecovery(maria, phone, DEADLINE, family(), signatures);
    }

    function nameFamily() private {
        bytes32 commitment = subjects.guardianCommitment(maria, family());
        act(maria);
        subjects.setGuardians(maria, commitment);
    }

    function test_setGuardians_gas() public {
        nameFamily();
        taken("Subjects", "setGuardians, first ever");
        vm.warp(START + 1 hours);
        nameFamily();
        taken("Subjects", "setGuardians, first change");
        vm.warp(START + 2 hours);
        nameFamily();
        taken("Subjects", "setGuardians, later");
        vm.warp(START + 3 hours);
        bytes memory signature = signed(mariaKey, setGuardiansDigest(maria, HIDDEN, 3, DEADLINE));
        act(relayer);
        subjects.setGuardiansBySig(maria, HIDDEN, DEADLINE, signature);
        taken("Subjects", "setGuardiansBySig, later");
    }

    function test_recovery_gas() public {
        guard(maria);
        startRecovery(1);
        taken("Subjects", "startRecovery, 2 of 3, first");
        act(maria);
        subjects.vetoRecovery(maria);
        taken("Subjects", "vetoRecovery");
        startRecovery(2);
        taken("Subjects", "startRecovery, 2 of 3, later");
        bytes memory signature = signed(mariaKey, vetoDigest(maria, 2, DEADLINE));
        act(relayer);
        subjects.vetoRecoveryBySig(maria, DEADLINE, signature);
        taken("Subjects", "vetoRecoveryBySig");
        startRecovery(3);
        vm.warp(START + 2 days);
        act(relayer);
        subjects.executeRecovery(maria);
        taken("Subjects", "executeRecovery");
    }

    function test_guardiansRefusal_gas() public {
        guard(maria);
        bytes[] memory signatures = signedByTwo(guardiansRevokeAllDigest(maria, 0, DEADLINE));
        act(relayer);
        subjects.revokeAllByGuardians(maria, DEADLINE, family(), signatures);
        taken("Subjects", "revokeAllByGuardians, 2 of 3");
        vm.prank(maria);
        consents.revoke(maria, 256);
        signatures = signedByTwo(revokeDigest(maria, 257));
        act(relayer);
        consents.revokeByGuardians(maria, 257, family(), signatures);
        taken("Consents", "revokeByGuardians, 2 of 3, later in word");
    }

    function test_revokeMany_gas() public {
        act(maria);
        consents.revokeMany(maria, 1, type(uint128).max);
        taken("Consents", "revokeMany, 128 first in word");
        act(maria);
        consents.revokeMany(maria, 1, type(uint256).max);
        taken("Consents", "revokeMany, 256 later in word");
        vm.prank(maria);
        consents.revoke(maria, 512);
        bytes memory signature = signed(mariaKey, revokeManyDigest(maria, 2, type(uint256).max));
        act(relayer);
        consents.revokeManyBySig(maria, 2, type(uint256).max, signature);
        taken("Consents", "revokeManyBySig, 256 later in word");
    }

    function test_revokeUnderProxy_gas() public {
        bytes32 link = consents.proxyDigest(parentTerms());
        act(parent);
        consents.revokeUnderProxy(link, 256);
        taken("Consents", "revokeUnderProxy, first in word");
        act(parent);
        consents.revokeUnderProxy(link, 257);
        taken("Consents", "revokeUnderProxy, later in word");
        bytes memory signature = signed(keyOf("parent"), revokeUnderProxyDigest(link, 258));
        act(relayer);
        consents.revokeUnderProxyBySig(parent, link, 258, signature);
        taken("Consents", "revokeUnderProxyBySig, later in word");
    }

    function test_revokeAsProxy_gas() public {
        vm.warp(FROM);
        vm.prank(maria);
        consents.revoke(maria, 256);
        bytes memory signature = signed(mariaKey, consents.digest(terms()));
        bytes memory refusal = signed(keyOf("parent"), revokeDigest(maria, 300));
        act(relayer);
        consents.revokeAsProxy(terms(), signature, chainOf(1), refusal);
        taken("Consents", "revokeAsProxy, 1 link, later in word");
    }

    function test_emergency_gas() public {
        act(luz);
        consents.declareEmergency(0, 1, 4, HIDDEN);
        taken("Emergencies", "declareEmergency, first in slot");
        act(luz);
        consents.endEmergency(0);
        taken("Emergencies", "endEmergency");
        act(board);
        consents.reviewEmergency(2, 0, uint32(START), IEmergencies.Outcome.Justified);
        taken("Emergencies", "reviewEmergency");
        vm.warp(START + 24 hours);
        act(luz);
        consents.declareEmergency(0, 2, 24, keccak256("another"));
        isTrue(taken("Emergencies", "declareEmergency, later") <= 52_000, "later <= 52,000");
    }
}

/// @notice The same acts, taken apart.
contract PeopleGasPartsTest is PeopleGasTest {
    function _records() internal pure override returns (bool) {
        return true;
    }
}
