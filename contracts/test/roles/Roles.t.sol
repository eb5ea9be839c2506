// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "../../src/interfaces/IAuthority.sol";
import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {IConsents} from "../../src/interfaces/IConsents.sol";
import {ICouncil} from "../../src/interfaces/ICouncil.sol";
import {IDirectory} from "../../src/interfaces/IDirectory.sol";
import {IEmergencies} from "../../src/interfaces/IEmergencies.sol";
import {IProxies} from "../../src/interfaces/IProxies.sol";
import {ISubjects} from "../../src/interfaces/ISubjects.sol";
import {RolesBase} from "./RolesBase.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";

/// @notice Every function that can change something, called by every kind of caller with arguments that would work: the
/// table says who may, and what the others are told.
contract RolesTest is RolesBase {
    uint48 private constant LATE = type(uint48).max;

    function setUp() public override {
        super.setUp();
        authorityRows();
        accessManagerRows();
        scheduleRows();
        executeRows();
        directoryRows();
        councilRows();
        subjectRows();
        guardianRows();
        consentRows();
        proxyRows();
        emergencyRows();
        checkpointRows();
    }

    function test_roles_everyFunctionByEveryCaller() public {
        for (uint256 i = 0; i < rows.length; i++) {
            for (uint256 role = 0; role < 9; role++) {
                uint256 before = vm.snapshotState();
                bytes32 found = attempt(rows[i], role);
                vm.revertToState(before);
                if (found != 0) {
                    string memory what = string.concat(rows[i].name, " by role ", vm.toString(role));
                    isTrue(false, what);
                }
            }
        }
    }

    /// @dev 0 if all is as the table says, else what was answered.
    function attempt(Row memory line, uint256 role) private returns (bytes32) {
        bool may = (line.may >> role) & 1 == 1;
        bool exceptional = (line.exception >> role) & 1 == 1;
        vm.prank(caller(role));
        (bool done, bytes memory answer) = line.target.call(line.data);
        bytes memory refusal = withCaller(exceptional ? line.exceptionalRefusal : line.refusal, caller(role));
        if (done == may && (done || keccak256(answer) == keccak256(refusal))) return 0;
        return keccak256(abi.encode(done, answer));
    }

    /// @notice A function without a row fails here, and so does a row without a function.
    function test_roles_tableIsComplete() public {
        string[6] memory contracts = ["Authority", "Checkpoints", "Consents", "Council", "Directory", "Subjects"];
        uint256 functions;
        for (uint256 i = 0; i < contracts.length; i++) {
            string memory json = vm.readFile(string.concat("out/", contracts[i], ".sol/", contracts[i], ".json"));
            for (uint256 j = 0; vm.keyExistsJson(json, entry(j, "type")); j++) {
                if (!equal(vm.parseJsonString(json, entry(j, "type")), "function")) continue;
                string memory mutability = vm.parseJsonString(json, entry(j, "stateMutability"));
                if (equal(mutability, "view") || equal(mutability, "pure")) continue;
                string memory name = string.concat(contracts[i], ".", vm.parseJsonString(json, entry(j, "name")));
                isTrue(hasRow(name), string.concat(name, " has a row"));
                functions++;
            }
        }
        same(functions, distinctRows(), "functions and rows");
    }

    function entry(uint256 i, string memory member) private pure returns (string memory) {
        return string.concat(".abi[", vm.toString(i), "].", member);
    }

    function equal(string memory one, string memory other) private pure returns (bool) {
        return keccak256(bytes(one)) == keccak256(bytes(other));
    }

    function hasRow(string memory name) private view returns (bool) {
        for (uint256 i = 0; i < rows.length; i++) {
            if (equal(rows[i].name, name)) return true;
        }
        return false;
    }

    function distinctRows() private view returns (uint256 count) {
        for (uint256 i = 0; i < rows.length; i++) {
            uint256 j = 0;
            while (!equal(rows[j].name, rows[i].name)) j++;
            if (j == i) count++;
        }
    }

    // ------------------------------------------------------------------------------------------------ the consortium

    function notRole(uint64 role) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAccessManager.AccessManagerUnauthorizedAccount.selector, CALLER, role);
    }

    function notManaged() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, CALLER);
    }

    function authorityRows() private {
        address at_ = address(authority);
        bytes memory pause = abi.encodeCall(IAuthority.pause, (address(consents), 0, "reason"));
        row("Authority.pause", at_, pause, GUARDIAN, notRole(2));
        bytes memory renew = abi.encodeCall(IAuthority.renewPause, (address(checkpoints), 0, "reason"));
        row("Authority.renewPause", at_, renew, COUNCIL, notRole(3));
        row("Authority.unpause", at_, abi.encodeCall(IAuthority.unpause, (address(checkpoints))), COUNCIL, notRole(3));
        bytes memory announce = abi.encodeCall(IAuthority.announceSuccessor, (address(consents), stranger, LATE));
        row("Authority.announceSuccessor", at_, announce, COUNCIL, notRole(1));
        bytes[] memory calls = new bytes[](0);
        row("Authority.multicall", at_, abi.encodeCall(authority.multicall, (calls)), ANYONE, "");
        calls = new bytes[](1);
        calls[0] = pause;
        row("Authority.multicall", at_, abi.encodeCall(authority.multicall, (calls)), GUARDIAN, notRole(2));
    }

    function accessManagerRows() private {
        address at_ = address(authority);
        IAccessManager manager = authority;
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = IDirectory.suspend.selector;
        row("Authority.grantRole", at_, abi.encodeCall(manager.grantRole, (1, stranger, 0)), ADMIN, notRole(0));
        row("Authority.revokeRole", at_, abi.encodeCall(manager.revokeRole, (1, council)), ADMIN, notRole(0));
        row("Authority.labelRole", at_, abi.encodeCall(manager.labelRole, (5, "five")), ADMIN, notRole(0));
        row("Authority.setGrantDelay", at_, abi.encodeCall(manager.setGrantDelay, (1, 1)), ADMIN, notRole(0));
        row("Authority.setRoleAdmin", at_, abi.encodeCall(manager.setRoleAdmin, (1, 2)), ADMIN, notRole(0));
        row("Authority.setRoleGuardian", at_, abi.encodeCall(manager.setRoleGuardian, (1, 2)), ADMIN, notRole(0));
        bytes memory adminDelay = abi.encodeCall(manager.setTargetAdminDelay, (address(directory), 1));
        row("Authority.setTargetAdminDelay", at_, adminDelay, ADMIN, notRole(0));
        bytes memory close = abi.encodeCall(manager.setTargetClosed, (address(directory), true));
        row("Authority.setTargetClosed", at_, close, ADMIN, notRole(0));
        bytes memory functions = abi.encodeCall(manager.setTargetFunctionRole, (address(directory), selectors, 1));
        row("Authority.setTargetFunctionRole", at_, functions, ADMIN, notRole(0));
        bytes memory move = abi.encodeCall(manager.updateAuthority, (address(directory), address(slow)));
        row("Authority.updateAuthority", at_, move, ADMIN, notRole(0));
        bytes memory badConfirmation = abi.encodeWithSelector(IAccessManager.AccessManagerBadConfirmation.selector);
        bytes memory renounce = abi.encodeCall(manager.renounceRole, (2, guardian));
        row("Authority.renounceRole", at_, renounce, GUARDIAN, badConfirmation);
        // It is for the managed contract alone, which asks itself first: an account without code answers nothing.
        bytes memory consume = abi.encodeCall(manager.consumeScheduledOp, (council, aScheduledCall()));
        row("Authority.consumeScheduledOp", at_, consume, NOBODY, "");
    }

    function scheduleRows() private {
        IAccessManager manager = slow;
        address target = address(slowDirectory);
        bytes4 verb = IDirectory.setRoles.selector;
        bytes memory notCall =
            abi.encodeWithSelector(IAccessManager.AccessManagerUnauthorizedCall.selector, CALLER, target, verb);
        bytes memory another = abi.encodeCall(IDirectory.setRoles, (1, 2));
        row(
            "Authority.schedule",
            address(slow),
            abi.encodeCall(manager.schedule, (target, another, 0)),
            COUNCIL,
            notCall
        );
        bytes memory notCancel = abi.encodeWithSelector(
            IAccessManager.AccessManagerUnauthorizedCancel.selector, CALLER, council, target, verb
        );
        bytes memory cancel = abi.encodeCall(manager.cancel, (council, target, aScheduledCall()));
        row("Authority.cancel", address(slow), cancel, COUNCIL | GUARDIAN, notCancel);
    }

    function executeRows() private {
        bytes memory suspend = abi.encodeCall(IDirectory.suspend, (1));
        bytes memory notSuspend = abi.encodeWithSelector(
            IAccessManager.AccessManagerUnauthorizedCall.selector,
            CALLER,
            address(directory),
            IDirectory.suspend.selector
        );
        // Through the Authority too, only who may call.
        bytes memory data = abi.encodeCall(IAccessManager.execute, (address(directory), suspend));
        row("Authority.execute", address(authority), data, COUNCIL, notSuspend);
    }

    function directoryRows() private {
        address at_ = address(directory);
        address fresh = addressOf("fresh key");
        uint48 until = START + YEAR;
        bytes memory admission = abi.encodeCall(IDirectory.admit, (1, 620, fresh, until, 0, ""));
        row("Directory.admit", at_, admission, COUNCIL, notManaged());
        row("Directory.suspend", at_, abi.encodeCall(IDirectory.suspend, (1)), COUNCIL, notManaged());
        row("Directory.reinstate", at_, abi.encodeCall(IDirectory.reinstate, (3)), COUNCIL, notManaged());
        row("Directory.setRoles", at_, setRoles(7), COUNCIL, notManaged());
        bytes memory quota = abi.encodeCall(IDirectory.setEmergencyQuota, (1, 3));
        row("Directory.setEmergencyQuota", at_, quota, COUNCIL, notManaged());
        bytes memory replace = abi.encodeCall(IDirectory.replaceOperator, (1, fresh, until));
        row("Directory.replaceOperator", at_, replace, COUNCIL, notManaged());
        row("Directory.setAuthority", at_, abi.encodeCall(directory.setAuthority, (stranger)), NOBODY, notManaged());

        bytes memory notOperator = abi.encodeWithSelector(IDirectory.Directory_NotOperator.selector, CALLER);
        uint256 operators = OPERATOR | BOARD;
        bytes memory propose = abi.encodeCall(IDirectory.proposeOperator, (fresh, until));
        row("Directory.proposeOperator", at_, propose, operators, notOperator);
        bytes memory withdraw = abi.encodeCall(IDirectory.withdrawOperatorProposal, ());
        row("Directory.withdrawOperatorProposal", at_, withdraw, operators, notOperator);
        row("Directory.renewOperator", at_, abi.encodeCall(IDirectory.renewOperator, (until)), operators, notOperator);
        row("Directory.setProfile", at_, abi.encodeCall(IDirectory.setProfile, (0, "")), operators, notOperator);
        // None of these accounts is the key to which the organisation was offered.
        bytes memory notProposed =
            abi.encodeWithSelector(IDirectory.Directory_NotProposed.selector, uint32(1), nextKey, CALLER);
        row("Directory.acceptOperator", at_, abi.encodeCall(IDirectory.acceptOperator, (1)), NOBODY, notProposed);
    }

    function councilRows() private {
        address at_ = address(votes);
        bytes memory notOperator = abi.encodeWithSelector(ICouncil.Council_NotOperator.selector, CALLER);
        bytes memory proposal = abi.encodeCall(ICouncil.propose, (address(directory), setRoles(11), 0));
        row("Council.propose", at_, proposal, OPERATOR | BOARD, notOperator);
        bytes32 id = votes.idOf(address(directory), setRoles(9), 0);
        row("Council.vote", at_, abi.encodeCall(ICouncil.vote, (id, true)), OPERATOR, notOperator);
        except(BOARD, abi.encodeWithSelector(ICouncil.Council_SameVote.selector, id, uint32(2), true));
        bytes memory queue = abi.encodeCall(ICouncil.queue, (address(directory), setRoles(3), 0));
        row("Council.queue", at_, queue, ANYONE, "");
        bytes memory execute = abi.encodeCall(ICouncil.execute, (address(directory), setRoles(5), 0));
        row("Council.execute", at_, execute, ANYONE, "");
        id = votes.idOf(address(directory), setRoles(9), 0);
        execute = abi.encodeCall(ICouncil.execute, (address(directory), setRoles(9), 0));
        bytes memory notPassed = abi.encodeWithSelector(ICouncil.Council_WrongStage.selector, id, ICouncil.Stage.Open);
        row("Council.execute", at_, execute, NOBODY, notPassed);
    }

    // ---------------------------------------------------------------------------------------------------- the patient

    function subjectRows() private {
        address at_ = address(subjects);
        bytes memory notController =
            abi.encodeWithSelector(ISubjects.Subjects_NotController.selector, maria, maria, CALLER);
        row("Subjects.rotate", at_, abi.encodeCall(ISubjects.rotate, (maria, nextKey)), SUBJECT, notController);
        row("Subjects.revokeAll", at_, abi.encodeCall(ISubjects.revokeAll, (maria)), SUBJECT, notController);
        row("Subjects.setGuardians", at_, abi.encodeCall(subjects.setGuardians, (maria, 0)), SUBJECT, notController);
        row("Subjects.vetoRecovery", at_, abi.encodeCall(subjects.vetoRecovery, (maria)), SUBJECT, notController);

        bytes memory signature = signed(mariaKey, rotateDigest(maria, nextKey, 1, LATE));
        bytes memory bySig = abi.encodeCall(ISubjects.rotateBySig, (maria, nextKey, LATE, signature));
        row("Subjects.rotateBySig", at_, bySig, ANYONE, "");
        signature = signed(mariaKey, revokeAllDigest(maria, 1, LATE));
        bySig = abi.encodeCall(ISubjects.revokeAllBySig, (maria, LATE, signature));
        row("Subjects.revokeAllBySig", at_, bySig, ANYONE, "");
        signature = signed(mariaKey, setGuardiansDigest(maria, 0, 1, LATE));
        bySig = abi.encodeCall(subjects.setGuardiansBySig, (maria, 0, LATE, signature));
        row("Subjects.setGuardiansBySig", at_, bySig, ANYONE, "");
        signature = signed(mariaKey, vetoDigest(maria, 1, LATE));
        bySig = abi.encodeCall(subjects.vetoRecoveryBySig, (maria, LATE, signature));
        row("Subjects.vetoRecoveryBySig", at_, bySig, ANYONE, "");
    }

    function guardianRows() private {
        bytes[] memory two = signedByTwo(recoverDigest(joao, nextKey, 1, START + 30 days));
        bytes memory start = abi.encodeCall(subjects.startRecovery, (joao, nextKey, START + 30 days, family(), two));
        row("Subjects.startRecovery", address(subjects), start, ANYONE, "");
        bytes memory execute = abi.encodeCall(subjects.executeRecovery, (maria));
        row("Subjects.executeRecovery", address(subjects), execute, ANYONE, "");
        two = signedByTwo(guardiansRevokeAllDigest(joao, 0, LATE));
        bytes memory refuse = abi.encodeCall(subjects.revokeAllByGuardians, (joao, LATE, family(), two));
        row("Subjects.revokeAllByGuardians", address(subjects), refuse, ANYONE, "");
        two = signedByTwo(revokeDigest(joao, 7));
        refuse = abi.encodeCall(consents.revokeByGuardians, (joao, 7, family(), two));
        row("Consents.revokeByGuardians", address(consents), refuse, ANYONE, "");
    }

    function consentRows() private {
        address at_ = address(consents);
        bytes memory notController =
            abi.encodeWithSelector(IConsents.Consents_NotController.selector, maria, maria, CALLER);
        row("Consents.revoke", at_, abi.encodeCall(IConsents.revoke, (maria, 7)), SUBJECT, notController);
        row("Consents.revokeMany", at_, abi.encodeCall(IConsents.revokeMany, (maria, 0, 7)), SUBJECT, notController);
        bytes memory signature = signed(mariaKey, revokeDigest(maria, 7));
        row("Consents.revokeBySig", at_, abi.encodeCall(IConsents.revokeBySig, (maria, 7, signature)), ANYONE, "");
        signature = signed(mariaKey, revokeManyDigest(maria, 0, 7));
        bytes memory many = abi.encodeCall(IConsents.revokeManyBySig, (maria, 0, 7, signature));
        row("Consents.revokeManyBySig", at_, many, ANYONE, "");
    }

    function proxyRows() private {
        address at_ = address(consents);
        IProxies.Link[] memory chain = chainOf(1);
        bytes memory signature = signed(mariaKey, consents.digest(terms()));
        bytes memory refusal = signed(keyOf("parent"), revokeDigest(maria, terms().index));
        bytes memory data = abi.encodeCall(IConsents.revokeAsProxy, (terms(), signature, chain, refusal));
        row("Consents.revokeAsProxy", at_, data, ANYONE, "");
        bytes32 link = consents.proxyDigest(chain[0].terms);
        data = abi.encodeCall(IConsents.revokeAsProxy, (terms(), signature, chain, ""));
        bytes memory notProxy =
            abi.encodeWithSelector(IProxies.Proxies_InvalidRevocation.selector, link, terms().index, parent);
        row("Consents.revokeAsProxy", at_, data, NOBODY, notProxy);
        // Anyone may refuse what it signed itself; it reaches nobody else's space.
        row("Consents.revokeUnderProxy", at_, abi.encodeCall(IProxies.revokeUnderProxy, (link, 1)), ANYONE, "");
        refusal = signed(keyOf("parent"), revokeUnderProxyDigest(link, 1));
        data = abi.encodeCall(IProxies.revokeUnderProxyBySig, (parent, link, 1, refusal));
        row("Consents.revokeUnderProxyBySig", at_, data, ANYONE, "");
    }

    // --------------------------------------------------------------------------------------------- the organisations

    function emergencyRows() private {
        address at_ = address(consents);
        bytes memory notOperator = abi.encodeWithSelector(IEmergencies.Emergencies_NotOperator.selector, CALLER);
        bytes memory data = abi.encodeCall(IEmergencies.declareEmergency, (2, 1, 8, keccak256("commitment")));
        row("Consents.declareEmergency", at_, data, OPERATOR, notOperator);
        except(BOARD, abi.encodeWithSelector(IEmergencies.Emergencies_NotProvider.selector, uint32(2), uint16(1 << 5)));
        row("Consents.endEmergency", at_, abi.encodeCall(IEmergencies.endEmergency, (1)), OPERATOR, notOperator);
        // The other organisation ends its own only, and has none.
        except(BOARD, abi.encodeWithSelector(IEmergencies.Emergencies_NotOpen.selector, uint32(2), uint8(1), uint32(0)));
        uint32 declaredAt = uint32(START + 2 days);
        data = abi.encodeCall(IEmergencies.reviewEmergency, (1, 0, declaredAt, IEmergencies.Outcome.Justified));
        row("Consents.reviewEmergency", at_, data, BOARD, notOperator);
        except(OPERATOR, abi.encodeWithSelector(IEmergencies.Emergencies_NotReviewer.selector, uint32(1), uint16(1)));
    }

    function checkpointRows() private {
        address at_ = address(checkpoints);
        bytes memory notOperator = abi.encodeWithSelector(ICheckpoints.Checkpoints_NotOperator.selector, CALLER);
        uint256 operators = OPERATOR | BOARD;
        bytes memory data = abi.encodeCall(ICheckpoints.post, (0, ICheckpoints.Checkpoint("root", 1)));
        row("Checkpoints.post", at_, data, operators, notOperator);
        ICheckpoints.StreamCheckpoint[] memory many = new ICheckpoints.StreamCheckpoint[](1);
        many[0] = ICheckpoints.StreamCheckpoint(0, "root", 1);
        row("Checkpoints.postMany", at_, abi.encodeCall(ICheckpoints.postMany, (many)), operators, notOperator);

        vm.prank(aldhelm);
        checkpoints.post(5, ICheckpoints.Checkpoint("posted", 2));
        ICheckpoints.SignedCheckpoint memory one = signedAs("one", 2);
        ICheckpoints.SignedCheckpoint memory other = signedAs("other", 2);
        row(
            "Checkpoints.recordTwoRoots",
            at_,
            abi.encodeCall(ICheckpoints.recordTwoRoots, (1, 5, one, other)),
            ANYONE,
            ""
        );
        data = abi.encodeCall(ICheckpoints.recordOtherThanPosted, (1, 5, one));
        row("Checkpoints.recordOtherThanPosted", at_, data, ANYONE, "");
        // A tree of one leaf is its leaf; in the tree of two the first leaf is another.
        ICheckpoints.LeafProof memory first = ICheckpoints.LeafProof("leaf", new bytes32[](0));
        ICheckpoints.LeafProof memory second = ICheckpoints.LeafProof("replaced", new bytes32[](1));
        one = signedAs("leaf", 1);
        other = signedAs(sha256(bytes.concat(hex"01", bytes32("replaced"), bytes32(0))), 2);
        data = abi.encodeCall(ICheckpoints.recordLeafReplaced, (1, 5, 0, one, first, other, second));
        row("Checkpoints.recordLeafReplaced", at_, data, ANYONE, "");
    }

    function signedAs(bytes32 root, uint64 size) private view returns (ICheckpoints.SignedCheckpoint memory) {
        bytes memory signature = signed(keyOf("St. Aldhelm Hospital"), checkpoints.digest(1, 5, root, size));
        return ICheckpoints.SignedCheckpoint(root, size, signature);
    }
}
