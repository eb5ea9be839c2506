// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authority} from "../../src/Authority.sol";
import {Council} from "../../src/Council.sol";
import {Directory} from "../../src/Directory.sol";
import {IAuthority} from "../../src/interfaces/IAuthority.sol";
import {IDirectory} from "../../src/interfaces/IDirectory.sol";
import {IGuardians} from "../../src/interfaces/IGuardians.sol";
import {GuardiansBase} from "../GuardiansBase.sol";
import {LedgerBase} from "../LedgerBase.sol";
import {ProxiesBase} from "../ProxiesBase.sol";

/// @notice A ledger in which every verb has something to do, and one account for every kind of caller.
abstract contract RolesBase is GuardiansBase, ProxiesBase {
    uint256 internal constant ADMIN = 1 << 0;
    uint256 internal constant COUNCIL = 1 << 1;
    uint256 internal constant GUARDIAN = 1 << 2;
    uint256 internal constant OPERATOR = 1 << 3;
    uint256 internal constant BOARD = 1 << 4;
    uint256 internal constant SUSPENDED = 1 << 5;
    uint256 internal constant SUBJECT = 1 << 6;
    uint256 internal constant TRUSTEE = 1 << 7;
    uint256 internal constant STRANGER = 1 << 8;
    uint256 internal constant ANYONE = (1 << 9) - 1;
    uint256 internal constant NOBODY = 0;

    /// @dev Stands for the caller in an expected error.
    address internal constant CALLER = address(0x00ca11e2);

    struct Row {
        string name;
        address target;
        bytes data;
        uint256 may;
        bytes refusal;
        uint256 exception;
        bytes exceptionalRefusal;
    }

    Row[] internal rows;

    address internal admin = addressOf("admin");
    address internal board = addressOf("ethics board");
    address internal nextKey = addressOf("next operator");
    address internal joao = addressOf("Joao");
    Council internal votes;
    /// @dev Another authority, with delays: only there can something be scheduled.
    Authority internal slow;
    Directory internal slowDirectory;

    function setUp() public virtual override(LedgerBase, ProxiesBase) {
        // Admits St. Aldhelm, a provider, as number 1.
        super.setUp();
        admitAs(1 << 5, board, 620);
        admit(luz, 620);
        (slow, slowDirectory) = deployAuthority(2 hours, 5 days);
        votes = new Council(IAuthority(address(authority)), directory);

        vm.startPrank(council);
        directory.suspend(3);
        authority.grantRole(authority.COUNCIL(), address(votes), 1 hours);
        authority.grantRole(authority.ADMIN_ROLE(), admin, 0);
        authority.renounceRole(authority.ADMIN_ROLE(), council);
        slow.schedule(address(slowDirectory), aScheduledCall(), 0);
        vm.stopPrank();

        passed(setRoles(3));
        passed(setRoles(5));
        votes.queue(address(directory), setRoles(5), 0);
        vm.prank(board);
        votes.propose(address(directory), setRoles(9), 0);
        vm.prank(guardian);
        authority.pause(address(checkpoints), 0, "drill");

        guard(maria);
        guard(joao);
        bytes32 recovery = recoverDigest(maria, nextKey, 1, START);
        subjects.startRecovery(maria, nextKey, START, family(), signedByTwo(recovery));

        vm.warp(START + 2 days);
        vm.prank(aldhelm);
        consents.declareEmergency(0, 1, 1, "over by then");
        vm.prank(aldhelm);
        consents.declareEmergency(1, 1, 24, "still open");
        vm.warp(START + 2 days + 2 hours);
        vm.prank(aldhelm);
        directory.proposeOperator(nextKey, START + YEAR);
    }

    function caller(uint256 role) internal view returns (address) {
        return [admin, council, guardian, aldhelm, board, luz, maria, guardianAt(0), stranger][role];
    }

    function setRoles(uint16 roles) internal pure returns (bytes memory) {
        return abi.encodeCall(IDirectory.setRoles, (1, roles));
    }

    function aScheduledCall() internal pure returns (bytes memory) {
        return abi.encodeCall(IDirectory.setRoles, (1, 1));
    }

    function passed(bytes memory data) private {
        vm.prank(aldhelm);
        bytes32 id = votes.propose(address(directory), data, 0);
        vm.prank(board);
        votes.vote(id, true);
    }

    function row(string memory name, address target, bytes memory data, uint256 may, bytes memory refusal) internal {
        rows.push(Row(name, target, data, may, refusal, 0, ""));
    }

    /// @dev As the last row, but callers of the mask `exception` are told something else.
    function except(uint256 exception, bytes memory refusal) internal {
        Row storage last = rows[rows.length - 1];
        (last.exception, last.exceptionalRefusal) = (exception, refusal);
    }

    function withCaller(bytes memory refusal, address account) internal pure returns (bytes memory result) {
        result = refusal;
        for (uint256 at_ = 4; at_ + 32 <= result.length; at_ += 32) {
            bytes32 word;
            assembly ("memory-safe") {
                word := mload(add(add(result, 32), at_))
            }
            if (word == bytes32(uint256(uint160(CALLER)))) {
                assembly ("memory-safe") {
                    mstore(add(add(result, 32), at_), account)
                }
            }
        }
    }
}
